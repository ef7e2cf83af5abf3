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

CREATE TABLE stripe_credit_notes (
    tenant_id uuid NOT NULL,
    credit_note_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    is_refunded boolean NOT NULL,
    stripe_credit_note_id text,
    stripe_refund_id text,
    refund_status text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT stripe_credit_notes_pkey PRIMARY KEY (tenant_id, credit_note_id),
    CONSTRAINT stripe_credit_notes_mirrors_one UNIQUE (tenant_id, stripe_credit_note_id),
    CONSTRAINT stripe_credit_notes_note_fkey FOREIGN KEY (tenant_id, credit_note_id)
        REFERENCES invoices (tenant_id, invoice_id),
    CONSTRAINT stripe_credit_notes_invoice_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES stripe_invoices (tenant_id, invoice_id),
    CONSTRAINT stripe_credit_notes_refund_of_a_note
        CHECK (stripe_refund_id IS NULL OR (is_refunded AND stripe_credit_note_id IS NOT NULL)),
    CONSTRAINT stripe_credit_notes_refund_with_status
        CHECK ((stripe_refund_id IS NULL) = (refund_status IS NULL)),
    CONSTRAINT stripe_credit_notes_status_known
        CHECK (refund_status IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled'))
);

COMMENT ON TABLE stripe_credit_notes IS
    'Which of Stripe''s credit notes mirrors which of ours. The note of a paid invoice has a row from the start: it says what was decided.';
COMMENT ON COLUMN stripe_credit_notes.is_refunded IS
    'Whether Stripe gives back what was paid, the way it came; otherwise somebody does it outside Stripe.';
COMMENT ON COLUMN stripe_credit_notes.refund_status IS 'As Stripe has it, last we looked.';

-- Whose a report about a refund is, these rows decide.
CREATE INDEX stripe_credit_notes_by_refund ON stripe_credit_notes (stripe_refund_id)
    WHERE stripe_refund_id IS NOT NULL;
CREATE INDEX stripe_credit_notes_by_invoice ON stripe_credit_notes (tenant_id, invoice_id);

CALL app.isolate_by_tenant('stripe_credit_notes');
CALL app.open_to_service('stripe_credit_notes');
GRANT INSERT, UPDATE (stripe_credit_note_id, stripe_refund_id, refund_status, updated_at)
    ON stripe_credit_notes TO app;
-- The operator credits its customers' invoices.
GRANT INSERT ON stripe_credit_notes TO service;

CREATE TABLE reconciliation_rounds (
    tenant_id uuid NOT NULL,
    compared_until uuid,
    updated_at timestamptz NOT NULL,
    CONSTRAINT reconciliation_rounds_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT reconciliation_rounds_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

COMMENT ON TABLE reconciliation_rounds IS
    'Where the comparison with Stripe stopped, in the order of tenants; the operator''s one row.';

CALL app.isolate_by_tenant('reconciliation_rounds');
CALL app.reserve_for_operator('reconciliation_rounds');
GRANT INSERT, UPDATE (compared_until, updated_at) ON reconciliation_rounds TO app;
