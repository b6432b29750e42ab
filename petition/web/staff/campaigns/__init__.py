"""The pages of campaigns: list, editor, versions, previews, the checklist, pauses."""
