"""Readers of boundary files: each yields features, which are fields with a geometry."""
