"""The delivery log as staff read it: its list with filters, one delivery, its counts, its CSV."""
