"""What happens to a domain event: one file per queue."""
