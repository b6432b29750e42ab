"""Tables of what goes out: letters, deliveries, mails to signers."""
