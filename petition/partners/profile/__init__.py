"""Organizations as their own members see them."""
