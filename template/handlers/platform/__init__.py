"""What the domain stands on: database, events, errors, identity, time and money."""
