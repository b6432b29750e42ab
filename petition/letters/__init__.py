"""The letters stage: from the content of a milestone to its PDFs, stored by their hash."""
