"""Checks of posts: unreachable ones, duplicates, and districts of a campaign without a post."""
