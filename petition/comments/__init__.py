"""Comments: what signers wrote, read by a person and allowed or struck before it is printed."""
