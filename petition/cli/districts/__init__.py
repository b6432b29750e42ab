"""Commands about boundary sets, and about what an address is matched to."""
