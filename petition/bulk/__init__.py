"""Signatures from files and as files: a list or paper as one batch, a campaign as a table."""
