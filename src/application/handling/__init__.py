"""What use cases of problems share with those of everything else that is handled within terms."""
