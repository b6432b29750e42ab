"""Officials: who holds which post, its addresses, corrections, and the import of rosters."""
