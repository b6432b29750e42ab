"""Commands that start processes: one role each, or the whole service in one process tree."""
