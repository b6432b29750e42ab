"""Totals of campaigns over time, for staff: counted in the background and kept."""
