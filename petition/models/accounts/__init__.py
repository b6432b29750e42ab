"""Accounts: who signs in, with which roles, second factor, sessions, invitations and e-mails."""
