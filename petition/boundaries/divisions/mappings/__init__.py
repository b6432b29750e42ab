"""Readers of mappings: files that map Census GEOIDs to division ids."""
