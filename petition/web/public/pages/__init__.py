"""Public pages without a token: campaigns, districts, letters, the map, notices."""
