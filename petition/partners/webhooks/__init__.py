"""Webhooks: an organization's endpoints, what they are told, and how it is signed and sent."""
