"""Signatures from files: lists and paper that a group collected, imported as one batch."""
