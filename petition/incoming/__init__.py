"""Incoming mail: reports and answers, applied to the e-mails and letters that they are about.

- ``applied_mail`` applies one mail, once.
- ``mailbox_poll_rows`` says who reads the mailbox, and how far it was read.
- ``mailbox_polling`` reads it by IMAP, in batches.
"""
