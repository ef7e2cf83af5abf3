"""Payments by Stripe: payment methods and webhooks."""
