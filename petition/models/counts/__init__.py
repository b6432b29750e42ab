"""Tables of counting: ledger, tallies, milestones, and the counts that are published."""
