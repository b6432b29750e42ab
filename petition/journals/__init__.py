"""Append-only files beside the database: what a service with a restored backup must not repeat."""
