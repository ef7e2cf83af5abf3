"""Who may act in a tenant: administrators, invitations, machine clients, profiles."""
