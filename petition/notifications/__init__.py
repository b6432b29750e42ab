"""Notifications: mails to signers, planned with what they tell, composed, handed over, settled.

    mail_plans ──> batches ── mail_content (is it still so?) ── composition ── handover ──> mail
    server confirmations ──────────────────────────────────────────────┘
      │ unreachable_addresses <── message_ids <─────────────── signers/returned_mail <─────────────┘

- ``confirmations`` asks for the confirmation, and lives on the signature's own row; all others are
  rows of ``mails``, planned by whoever has something to tell: ``arrival_notices`` of deliveries,
  ``successor_notices`` of the campaign that follows. ``resend`` mails again to who asks.
"""
