"""Commands about signatures: review, retries, and requests of signers."""
