"""What a restored backup must be told before anything goes out: what had gone since it was made."""
