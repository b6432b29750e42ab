"""Download files of the Census Bureau: their names, and downloads that resume."""
