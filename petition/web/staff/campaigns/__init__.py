"""The staff pages of one campaign: previews, the check-list before opening, pauses."""
