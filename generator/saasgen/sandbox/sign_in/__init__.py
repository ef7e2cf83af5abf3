"""Signing in: users, user pools, and the token endpoint for machines."""
