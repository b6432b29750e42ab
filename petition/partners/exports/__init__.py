"""Exports of an organization's people: prepared as ids, written at the download."""
