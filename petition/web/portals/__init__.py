"""What the portals of staff and of partners share: sign-in, sessions, and permissions of pages."""
