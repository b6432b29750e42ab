"""Corrections: what an operator knows of a post better than the rosters do."""
