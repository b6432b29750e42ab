"""Deliveries: the log with its filters, one delivery, its files, and what staff do with it."""
