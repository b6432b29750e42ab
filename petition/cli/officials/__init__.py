"""Commands about posts: rosters, corrections, checks."""
