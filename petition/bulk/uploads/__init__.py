"""Lists of signatures that organizations upload: kept sealed, imported by a worker, undone."""
