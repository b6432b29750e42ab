"""Commands about deliveries, mail servers and bounces."""
