"""Boundaries: import boundary files as boundary sets, and look up points in them."""
