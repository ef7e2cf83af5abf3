"""Events on their way: outbox, inbox, deliveries, dead letters, repeated requests."""
