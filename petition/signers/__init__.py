"""What signers may do after signing: confirm, correct, withdraw, export, erase."""
