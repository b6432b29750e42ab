"""Locating: place a signature in its districts, or send it to review; start with locate.py."""
