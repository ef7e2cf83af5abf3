"""What is stored about payments: the invoices, credit notes and events of Stripe."""
