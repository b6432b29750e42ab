"""Tables of campaigns, their bills, their organizations and their pauses."""
