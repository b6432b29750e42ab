"""People of an organization, as its programs read them."""
