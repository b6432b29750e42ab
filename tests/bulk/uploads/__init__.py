"""Uploaded lists of organizations."""
