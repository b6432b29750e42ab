"""Signing: from the form to one row, in one transaction; read sign.py first.

- ``form`` reads and checks the fields; ``canonical_email`` decides if two addresses are one
  person's.
- ``screening`` rejects programs; ``prepared_message`` finds comments that are not the signer's own.
- ``link_tokens`` makes and reads the tokens of the links in a signer's mails.
"""
