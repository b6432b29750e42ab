"""Tables of signatures, and of what is kept of their signers and their places."""
