"""What somebody sends who wants to cost us time: one table, for the tests that count work and for the measurement."""
