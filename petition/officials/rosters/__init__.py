"""Rosters: files of who holds which seat, joined to divisions and stored whole or not at all."""
