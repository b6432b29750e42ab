"""Boundaries: files of polygons become boundary sets, and points are looked up in them."""
