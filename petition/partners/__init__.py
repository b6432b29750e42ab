"""Partner organizations: who carries a campaign, what they ask signers for, and where they are."""
