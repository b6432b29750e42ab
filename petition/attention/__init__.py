"""Attention: what waits for a person, in one list to which each subject adds its sources."""
