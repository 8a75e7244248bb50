"""Use cases of alerts: what the enterprise and the reviewing department do, and the certificate watch."""
