"""The audit trail: the only functions that write events."""
