"""What starts functions in a sandbox without a caller: queues and schedules."""
