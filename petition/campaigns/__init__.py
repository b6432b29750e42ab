"""Campaigns: defined in a file, opened and closed by staff, shown on every page."""
