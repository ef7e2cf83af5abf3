"""The database of a sandbox: PostgreSQL from a wheel, behind a front that speaks TLS."""
