"""Messages of organizations as e-mails, sent by petition/dispatch."""
