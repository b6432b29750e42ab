"""Consents of signers for partner organizations: offers, rows, changes, and who looked."""
