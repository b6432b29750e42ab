"""Geocoding: an address as people type it becomes a point with its precision."""
