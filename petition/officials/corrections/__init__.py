"""Corrections: what an operator knows about a post that the rosters have wrong or lack."""
