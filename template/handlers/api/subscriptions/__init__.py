"""Subscriptions, and the tiers that are for sale."""
