"""What lies in each kind of dead-letter queue: why it died, and how it is replayed."""
