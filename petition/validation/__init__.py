"""Validate what people type: names, printable text, web addresses and mail domains."""
