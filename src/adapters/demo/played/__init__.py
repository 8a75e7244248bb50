"""What a played day and a played week have in common: the wire, the stage, the comparing of the books."""
