"""Partner organizations: which support a campaign, their consent offers, and where they are."""
