"""How documents are checked, limited and executed."""
