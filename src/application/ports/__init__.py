"""Everything the application needs from outside, in our own words: storage, reading, and the outside world."""
