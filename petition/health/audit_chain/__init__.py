"""The chain over the audit trail as it is watched: verified bit by bit, and its breaks in words."""
