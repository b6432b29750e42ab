"""The read side that status, doctor, readiness and metrics share; it writes its counts alone."""
