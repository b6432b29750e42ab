"""The posts as staff find and read them: a list with filters, and everything about one post."""
