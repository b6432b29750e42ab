"""Readers of roster files, one a format."""
