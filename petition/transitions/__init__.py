"""Changes of state that several packages make, each in one place, fenced and in the trail."""
