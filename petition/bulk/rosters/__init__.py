"""Rosters that staff upload or type: kept, looked through, and imported by a press."""
