"""An organization by its own members: its page, its members, its record."""
