"""Signatures as files that other programs read."""
