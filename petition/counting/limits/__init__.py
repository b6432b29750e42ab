"""The limits of the brake for one campaign, and what they would have held."""
