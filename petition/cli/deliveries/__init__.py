"""Commands about deliveries, mail servers and what comes back."""
