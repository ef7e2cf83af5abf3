"""Stripe, by its SDK: customers, payment methods, invoices, and the signatures of its webhooks.

A stack without `STRIPE_SECRET_ARN` has no payment provider: its invoices are paid by hand.
"""
