"""Public data about participants: recent ones, those near a place, counts by map cell."""
