"""Officials: who holds which post, from public rosters and from corrections by operators."""
