"""Readers of mappings: files that say which Census GEOID is which division id."""
