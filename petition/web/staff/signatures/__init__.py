"""The staff pages about one signature: find it, open it, and act at its signer's request."""
