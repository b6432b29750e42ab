"""Before a campaign opens: the checklist, previews with invented or real names, the opening."""
