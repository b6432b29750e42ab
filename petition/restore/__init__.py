"""Replay into a restored database of the letters and mails that were sent after its backup."""
