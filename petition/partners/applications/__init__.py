"""Applications of organizations: sent, proved by e-mail, decided by staff; and suspensions."""
