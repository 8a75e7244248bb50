"""What is owed to the outside."""
