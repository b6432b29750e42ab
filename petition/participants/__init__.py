"""Participants as the public sees them: recent ones, those near a place, counts by map cell."""
