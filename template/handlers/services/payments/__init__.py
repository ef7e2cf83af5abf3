"""Keeping our invoices and those of Stripe together."""
