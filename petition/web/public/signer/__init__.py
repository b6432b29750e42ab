"""A signer's own pages, by the links they were mailed."""
