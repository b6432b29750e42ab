"""Redistricting: other boundaries come into force, and everybody is counted where they live now.

- ``dry_run`` says beforehand who would change district; ``activate`` does it, in one transaction.
- The people themselves are moved by the workers, batch by batch: see petition.counting.recalls.
- It strings two stages together, geography and counting, so it stands above both.
"""
