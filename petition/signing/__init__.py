"""Signing: from the form to one row, in one transaction; read sign.py first.

- ``form`` reads what was typed; ``canonical_email`` says when two addresses are one person's.
- ``screening`` keeps programs out, ``prepared_message`` tells own words from prepared ones.
- ``link_tokens`` are what the links in a signer's mails carry.
"""
