"""The words of letters by language: fixed ones, districts, and posts with their salutations."""
