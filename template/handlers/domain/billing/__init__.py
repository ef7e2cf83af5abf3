"""From usage and subscriptions to invoices: periods, runs, budgets, documents."""
