"""The versions of a campaign's definition: stored, listed, compared, drafted and put back."""
