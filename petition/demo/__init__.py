"""The demo: one campaign with our own text, every US county, invented people and offices."""
