"""Tokens of organizations for the API: made, rotated, revoked, and checked at each request."""
