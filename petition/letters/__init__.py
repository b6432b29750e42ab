"""The letters stage: from what a milestone says to the bytes of its PDFs, stored by their hash."""
