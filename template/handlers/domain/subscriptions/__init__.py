"""Subscriptions: their prices, periods, renewals, and what they entitle to."""
