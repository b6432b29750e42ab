"""The stream of changes as an organization reads it, and how far it has applied it."""
