"""Messages and SMS: writing, sending, receipts."""
