"""What staff do for one signer: find the signature, open it, correct, withdraw, export, erase."""
