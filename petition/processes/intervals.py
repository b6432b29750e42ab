"""How often a process says that it runs, and what its silence means, in seconds."""

from datetime import timedelta

BEAT_SECONDS = 10.0
# Two beats in a row were missed, and the third is due: it was killed, or cannot reach the database.
LATE_SECONDS = 30.0
# Leases and links count on clocks that agree about this well.
LARGEST_SKEW_SECONDS = 10.0
# A row that is so old is of nobody's interest any more.
FORGOTTEN_AFTER = timedelta(days=1)
