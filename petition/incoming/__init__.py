"""Incoming mail: reports and answers, applied to the e-mails and letters that they are about.

- ``applied_mail`` applies one mail, once; ``letter_answers`` stores what a person answered, and
  ``answer_kind`` sends it to the organization.
- ``mailbox_poll_rows`` says who reads the mailbox, and how far it was read.
- ``mailbox_polling`` reads it by IMAP, in batches.
"""
