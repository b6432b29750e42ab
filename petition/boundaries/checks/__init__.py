"""What an operator looks at before a set comes into force: its polygons, its posts, the list."""
