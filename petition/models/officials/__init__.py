"""Tables of districts, posts, officials and corrections."""
