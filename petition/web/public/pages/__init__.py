"""Public pages that anybody reads: campaigns, districts, letters, the map, notices."""
