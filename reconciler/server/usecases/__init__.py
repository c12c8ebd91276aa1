"""One function per thing a caller does: permission, transaction, decision, event."""
