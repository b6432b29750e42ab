"""Redistricting: new boundaries come into force, and signatures move to their new districts.

- ``dry_run`` reports beforehand who would change district; ``activation`` makes the change, in one
  transaction.
- The signatures themselves are moved by the workers, in batches: see petition.counting.recalls.
- It uses two stages, locating and counting, so it is a layer above both.
"""
