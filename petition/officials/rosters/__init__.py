"""Rosters: import files of who holds which seat, joined to divisions, in one transaction."""
