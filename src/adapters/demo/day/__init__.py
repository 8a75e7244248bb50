"""One business day of safety commitments, played through the public API."""
