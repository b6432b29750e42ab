"""State transitions used by several packages, each in one place, fenced and recorded as events."""
