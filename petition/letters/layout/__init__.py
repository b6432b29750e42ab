"""The layout of a letter: its fonts, what is measured before it, and the engine."""
