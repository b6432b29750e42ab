"""Mails to signers: planned with what they tell, composed, handed over, and what came back.

    planning ──> sending ── topics (is it still so?) ── composing ── posting ──> mail server
    invite ─────────────────────────────────────────────┘                            │
    unreachable <── message_ids <─────────────────── bounces ────────────────────────┘

- ``invite`` asks for the confirmation, and lives on the signature's own row; all others are rows of
  their own, planned by who has something to tell: ``telling`` of deliveries, and in the room above
  ``successors``. ``again`` mails again to who asks: by ``lost``, or by signing again.
"""
