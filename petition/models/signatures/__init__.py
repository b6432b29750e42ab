"""Tables of signatures, and of data about their signers and their places."""
