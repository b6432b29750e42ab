"""Commands about boundary sets, and about matching addresses to districts."""
