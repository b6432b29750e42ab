"""Checks before a set comes into force: its polygons, its posts, and the list of sets."""
