"""Invoices: the open period, generating, issuing, documents."""
