"""Messages of organizations to people: written, counted, begun, paused and stopped."""
