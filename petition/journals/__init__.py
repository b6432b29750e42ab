"""Files beside the database that hold what a restored backup must not do again."""
