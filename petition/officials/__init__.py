"""Officials: who holds which post, from public rosters, and what is known better than they are."""
