"""A restored backup sends nothing twice."""
