"""The read side that status, doctor, readiness and metrics share. Nothing here changes a row."""
