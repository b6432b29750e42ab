"""Campaigns: defined in a file, opened and closed by staff, read by every page."""
