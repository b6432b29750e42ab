"""Tables of outgoing messages: letters, deliveries, mails to signers."""
