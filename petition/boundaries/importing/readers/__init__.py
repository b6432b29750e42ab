"""Readers of boundary files: each gives features, fields beside a geometry."""
