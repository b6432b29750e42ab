"""The demo: one campaign in our own words, every US county, invented people and offices."""
