"""The daily safety commitment (安全承诺)."""
