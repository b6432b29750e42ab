"""Notifications: mails to signers, planned with the change they report, composed and sent.

    mail_plans ──> batches ── mail_content ─┬─ composition ── mail_handover ──> mail server
    confirmations ──────────────────────────┘                                        │
    unreachable_addresses <── message_ids <── signers/returned_mail <────────────────┘

- ``confirmations`` sends the mail that asks for the confirmation; its state is in the signature's
  row. All others are rows of ``mails``: ``arrival_notices`` plans those about deliveries,
  ``successor_notices`` those about a succeeding campaign. ``resend`` makes a mail due on request.
"""
