"""Organizations: their applications, their bases, and changes of them that wait for staff."""
