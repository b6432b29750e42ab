"""The engine of all that goes out: claim, lease, attempt, hand-over, settle, back-off, unknown.

A row that goes out at most once is ``Dispatched`` (petition/models/outgoing/dispatched.py), has a
table of attempts, and an ``OutgoingKind`` (kinds.py) that says how it is prepared and sent:

    find_due -> claim -> (prepare) -> hand_over -> settle
                  ^                                  │
                  └── recover_expired ── back-off ───┘

Rows that may go twice, such as mails to signers, are only ``Leased``: they take their claims from
leases.py, their hand-over and its error tree from handover_step.py, their waits from backoff.py.
Pauses and the lanes of the mail server hold for all of them.
"""
