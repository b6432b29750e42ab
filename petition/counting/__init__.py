"""Counting: located signatures become ledger rows, tallies and milestones, a batch at a time.

- ``ledger`` counts those who joined; ``leaving`` takes out those who left.
- ``milestones`` raises each hundred that a batch crossed and freezes whom its letter names.
- ``progress`` tells people how far a district is.
"""
