"""Readers of roster files, one per format."""
