"""Locating: from a signature to its districts, or to review; read locate.py first."""
