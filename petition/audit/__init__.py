"""The audit trail: events, and the one way to write them."""
