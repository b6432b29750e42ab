"""Sentences that several pages share: recipients, reasons of a review, time zones."""
