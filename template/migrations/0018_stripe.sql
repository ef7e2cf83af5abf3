-- What Stripe collects of what was invoiced, and what it has told us.

CREATE TABLE stripe_invoices (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    stripe_invoice_id text NOT NULL,
    status text NOT NULL DEFAULT 'draft',
    failed_attempts integer NOT NULL DEFAULT 0,
    hosted_url text,
    paid_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT stripe_invoices_pkey PRIMARY KEY (tenant_id, invoice_id),
    CONSTRAINT stripe_invoices_collects_one UNIQUE (tenant_id, stripe_invoice_id),
    CONSTRAINT stripe_invoices_invoice_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES invoices (tenant_id, invoice_id),
    CONSTRAINT stripe_invoices_status_known
        CHECK (status IN ('draft', 'open', 'uncollectible', 'void', 'paid')),
    CONSTRAINT stripe_invoices_attempts_not_negative CHECK (failed_attempts >= 0),
    CONSTRAINT stripe_invoices_paid_at_some_time CHECK (status <> 'paid' OR paid_at IS NOT NULL)
);

COMMENT ON TABLE stripe_invoices IS 'Which of Stripe''s invoices collects which of ours.';
COMMENT ON COLUMN stripe_invoices.status IS 'As Stripe has it, last we looked; never goes back.';
COMMENT ON COLUMN stripe_invoices.failed_attempts IS 'Failed attempts that were announced.';

-- Whose a report of Stripe's is, these rows decide, and nothing that Stripe sends.
CREATE INDEX stripe_invoices_by_stripe_id ON stripe_invoices (stripe_invoice_id);

CALL app.isolate_by_tenant('stripe_invoices');
CALL app.open_to_service('stripe_invoices');
GRANT INSERT, UPDATE (status, failed_attempts, hosted_url, paid_at, updated_at) ON stripe_invoices TO app;

CREATE TABLE stripe_events (
    tenant_id uuid NOT NULL,
    stripe_event_id text NOT NULL,
    event_type text NOT NULL,
    invoice_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    CONSTRAINT stripe_events_pkey PRIMARY KEY (tenant_id, stripe_event_id),
    CONSTRAINT stripe_events_invoice_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES stripe_invoices (tenant_id, invoice_id)
);

COMMENT ON TABLE stripe_events IS 'The inbox of webhooks: each event of Stripe''s counts once.';

CREATE INDEX stripe_events_received ON stripe_events (received_at);

CALL app.isolate_by_tenant('stripe_events');
CALL app.open_to_service('stripe_events');
GRANT INSERT, UPDATE, DELETE ON stripe_events TO service;
