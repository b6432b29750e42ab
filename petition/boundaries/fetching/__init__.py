"""From the Census Bureau's server to a file on this host: names of files, and careful downloads."""
