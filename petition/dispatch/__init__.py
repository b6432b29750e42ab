"""What all outgoing things share: pauses, and lanes of a mail server that refuses."""
