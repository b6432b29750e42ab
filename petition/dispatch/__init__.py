"""The engine that sends: claims, leases, attempts, hand-over, outcomes, back-off.

A row that is sent at most once is ``Dispatched`` (petition/models/outgoing/dispatched.py), has a
table of attempts, and an ``OutgoingKind`` (kinds.py) that says how it is prepared and sent:

    find_due -> claim -> (prepare) -> hand_over -> settle
                  ^                                  │
                  └── recover_expired ── back-off ───┘

Rows that may be sent twice, such as mails to signers, are only ``Leased``: they use leases.py for
claims, handover_step.py for the hand-over and its errors, backoff.py for waits. Pauses and the
lanes of the mail server apply to both.
"""
