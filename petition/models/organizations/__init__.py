"""Organizations: their applications, and changes of them that wait for staff."""
