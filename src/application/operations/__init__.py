"""The schedule and the audit trail."""
