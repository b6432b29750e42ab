"""What everything stands on: errors, clock, files, settings, database, sealing and queues."""
