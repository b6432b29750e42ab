"""Open Civic Data ids of districts: by rule, or by a mapping that is given; never by guessing."""
