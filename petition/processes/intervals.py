"""The interval of heartbeats in seconds, and after how long without one a process is late."""

from datetime import timedelta

BEAT_SECONDS = 10.0
# Two beats were missed and the third is due: it was killed, or cannot reach the database.
LATE_SECONDS = 30.0
# Leases and links need clocks that agree within this.
LARGEST_SKEW_SECONDS = 10.0
# A row without a heartbeat for this long is deleted.
FORGOTTEN_AFTER = timedelta(days=1)
