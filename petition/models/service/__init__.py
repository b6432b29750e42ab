"""Tables of the service itself: events, processes, staff, keys."""
