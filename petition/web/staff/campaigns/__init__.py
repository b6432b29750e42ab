"""The pages of campaigns: list, editor, versions, previews, the check-list, pauses."""
