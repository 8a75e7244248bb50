"""What the system can be asked to do: use cases over the domain, and the ports they need."""
