"""Queries and checks shared by status, doctor, readiness and metrics; writes only cached counts."""
