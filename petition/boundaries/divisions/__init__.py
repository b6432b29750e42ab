"""Open Civic Data ids of districts, by rule or by a given mapping, never inferred from names."""
