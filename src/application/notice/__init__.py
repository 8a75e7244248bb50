"""Use cases of in-app messages and SMS: writing, sending, receipts."""
