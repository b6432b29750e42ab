"""Moderation of signers' comments: a person allows or strikes them before they are printed."""
