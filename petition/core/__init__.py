"""The base of all packages: errors, clock, files, settings, database, sealing and queues."""
