"""The audit trail in the browser: its filters, its pages and its files."""
