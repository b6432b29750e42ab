"""What is a name, printable text, a web address or a mail domain, in whatever people type."""
