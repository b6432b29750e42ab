"""Consents as organizations meet them: whom they may see, what changed, who looked."""
