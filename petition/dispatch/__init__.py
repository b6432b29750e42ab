"""Functions shared by all outgoing messages: pauses, and lanes for a mail server that refuses."""
