"""Values and functions shared by everything that is handled within terms, such as problems."""
