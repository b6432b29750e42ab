"""Look-ups of the people near an organization who allowed it to contact them."""
