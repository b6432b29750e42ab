"""Checks of posts: who cannot be reached, what stands twice, what a campaign lacks."""
