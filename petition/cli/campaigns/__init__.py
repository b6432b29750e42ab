"""Commands about campaigns, their milestones, their partners and signers' comments."""
