"""Read a mailbox by IMAP: imap_mailbox -> imap_connection (deadlines, limits), imap_url."""
