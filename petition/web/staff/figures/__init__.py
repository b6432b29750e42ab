"""Figures of campaigns and of the service: charts with their tables, and CSV."""
