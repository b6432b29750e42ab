"""Before a campaign opens: the check-list, previews with invented or real names, the opening."""
