"""Screening of signers' comments: which must be read by a person, and which may be printed.

Below the stages, because signing classifies comments, letters print them, and delivery compares
both.
"""
