"""Tables of the API: tokens of organizations, and writes that are not to be done twice."""
