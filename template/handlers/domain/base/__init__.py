"""What every room of the domain uses: events of changes, their origin, pagination."""
