"""Counting: turn located signatures into ledger rows, tallies and milestones, in batches.

- ``ledger`` counts signatures that joined; ``departures`` takes out signatures that left.
- ``milestones`` raises each milestone that a batch crossed and freezes the members its letter
  names.
- ``progress`` reports how far a district is.
"""
