"""The accounts of staff and of partners, for admins."""
