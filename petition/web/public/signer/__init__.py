"""A signer's private pages, opened by the links that they were mailed."""
