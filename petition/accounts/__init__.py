"""Accounts of staff: who may sign in, with which password and which role."""
