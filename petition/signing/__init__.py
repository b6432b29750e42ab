"""Signing: from the form to one row, in one transaction; read sign.py first.

- ``form`` reads what was typed; ``canonical_email`` says when two addresses are one person's.
- ``screening`` keeps programs out, ``prepared_message`` tells own words from prepared ones.
- ``seats`` are the one or two signatures that a mailbox may hold in a campaign.
"""
