-- Invoices of billing periods, what becomes of invoices, and the run that bills all tenants.

-- A draft has no number yet, and an invoice may be for usage alone.
ALTER TABLE invoices
    ALTER COLUMN number DROP NOT NULL,
    ALTER COLUMN subscription_id DROP NOT NULL,
    ADD COLUMN usage_minor bigint NOT NULL DEFAULT 0,
    ADD COLUMN margin jsonb,
    ADD COLUMN tax_percent numeric(5, 2) NOT NULL DEFAULT 0,
    ADD COLUMN parties jsonb,
    ADD COLUMN credited_invoice_id uuid,
    ADD COLUMN note text,
    ADD COLUMN paid_at timestamptz,
    ADD COLUMN payment_reference text,
    ADD COLUMN cancelled_at timestamptz,
    ADD COLUMN reminders_sent integer NOT NULL DEFAULT 0,
    ADD COLUMN reminder_due_at timestamptz,
    ADD CONSTRAINT invoices_credited_fkey FOREIGN KEY (tenant_id, credited_invoice_id)
        REFERENCES invoices (tenant_id, invoice_id),
    ADD CONSTRAINT invoices_numbered_when_issued
        CHECK (CASE WHEN issued_at IS NULL THEN number IS NULL ELSE number IS NOT NULL END),
    ADD CONSTRAINT invoices_margin_object CHECK (jsonb_typeof(margin) = 'object'),
    ADD CONSTRAINT invoices_parties_object CHECK (jsonb_typeof(parties) = 'object'),
    ADD CONSTRAINT invoices_tax_range CHECK (tax_percent BETWEEN 0 AND 100),
    ADD CONSTRAINT invoices_paid_at_some_time CHECK ((status = 'paid') = (paid_at IS NOT NULL)),
    ADD CONSTRAINT invoices_cancelled_at_some_time
        CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    ADD CONSTRAINT invoices_credit_of_an_invoice
        CHECK ((reason = 'credit_note') = (credited_invoice_id IS NOT NULL)),
    ADD CONSTRAINT invoices_credit_gives_back CHECK (reason <> 'credit_note' OR total_minor < 0),
    ADD CONSTRAINT invoices_note_length CHECK (length(note) <= 500),
    ADD CONSTRAINT invoices_reference_length CHECK (length(payment_reference) BETWEEN 1 AND 200),
    ADD CONSTRAINT invoices_reminders_not_negative CHECK (reminders_sent >= 0),
    DROP CONSTRAINT invoices_issue_dated,
    ADD CONSTRAINT invoices_issue_dated CHECK (
        (issued_at IS NULL) = (due_at IS NULL)
        AND (status IN ('draft', 'cancelled') OR issued_at IS NOT NULL)),
    -- what was used less than before may be given back, and its tax with it
    DROP CONSTRAINT invoices_tax_not_negative,
    ADD CONSTRAINT invoices_tax_as_subtotal CHECK (
        CASE WHEN subtotal_minor < 0 THEN tax_minor <= 0 ELSE tax_minor >= 0 END),
    -- a credit note may come again; a period's invoice is found by the index below
    DROP CONSTRAINT invoices_one_per_period_and_reason;

CREATE UNIQUE INDEX invoices_one_per_period_and_reason
    ON invoices (tenant_id, subscription_id, period_start, reason, currency) NULLS NOT DISTINCT
    WHERE reason <> 'credit_note';
CREATE INDEX invoices_credits ON invoices (tenant_id, credited_invoice_id)
    WHERE credited_invoice_id IS NOT NULL;
CREATE INDEX invoices_drafted ON invoices (tenant_id, period_end)
    WHERE status = 'draft' AND reason = 'period';
CREATE INDEX invoices_to_remind ON invoices (reminder_due_at) WHERE status IN ('pending', 'overdue');

COMMENT ON COLUMN invoices.number IS 'Given when the invoice is issued, without gaps; NULL in a draft.';
COMMENT ON COLUMN invoices.usage_minor IS 'How much of the subtotal is usage, and not agreed before.';
COMMENT ON COLUMN invoices.margin IS 'The margin that its usage was billed with; NULL without usage.';
COMMENT ON COLUMN invoices.parties IS 'Whose invoice it is and who it is for, as they were when it was issued.';
COMMENT ON COLUMN invoices.reminder_due_at IS
    'When it counts as overdue or is reminded of again; NULL when nothing more will be said.';

-- The jobs find what is due over all tenants; each change is made in its tenant's context.
CALL app.open_to_service('invoices');
REVOKE UPDATE ON invoices FROM app;
-- Nothing that stands on an invoice changes: neither amounts nor what it is for.
GRANT UPDATE (number, status, parties, note, issued_at, due_at, paid_at, payment_reference, cancelled_at,
              reminders_sent, reminder_due_at, updated_at) ON invoices TO app;

ALTER TABLE invoice_lines
    ADD COLUMN usage jsonb,
    ADD CONSTRAINT invoice_lines_usage_object CHECK (jsonb_typeof(usage) = 'object'),
    ADD CONSTRAINT invoice_lines_amount_multiplies CHECK (amount_minor = quantity * unit_amount_minor);

-- The operator issues, cancels and credits its customers' invoices, and notes their payment: it finds
-- them by their id alone. Credit notes are all that it writes.
CREATE INDEX invoices_by_id ON invoices (invoice_id);
CALL app.open_to_service('invoice_counters');
CALL app.open_to_service('invoice_lines');
CREATE POLICY service_credits ON invoices AS RESTRICTIVE FOR INSERT TO service
    WITH CHECK (reason = 'credit_note');
GRANT UPDATE (number, status, parties, note, issued_at, due_at, paid_at, payment_reference, cancelled_at,
              reminder_due_at, updated_at),
      INSERT (tenant_id, invoice_id, subscription_id, reason, period_start, period_end, status, currency,
              subtotal_minor, tax_minor, total_minor, usage_minor, margin, tax_percent,
              credited_invoice_id, note, created_at, updated_at) ON invoices TO service;
GRANT INSERT ON invoice_lines TO service;
GRANT INSERT, UPDATE (last_number) ON invoice_counters TO service;

COMMENT ON COLUMN invoice_lines.usage IS 'What was used, and what it cost us; NULL for what is no usage.';

-- The operator sets margin and tax for its customers.
CALL app.open_to_service('billing_settings');
GRANT INSERT, UPDATE ON billing_settings TO service;

ALTER TABLE billing_settings ADD COLUMN mail_documents boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN billing_settings.mail_documents IS 'Whether mail about an invoice brings its document.';

CREATE TABLE budget_alerts (
    tenant_id uuid NOT NULL,
    period_start date NOT NULL,
    threshold integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT budget_alerts_pkey PRIMARY KEY (tenant_id, period_start, threshold),
    CONSTRAINT budget_alerts_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT budget_alerts_threshold_range CHECK (threshold BETWEEN 1 AND 100)
);

COMMENT ON TABLE budget_alerts IS 'Which thresholds of its budget a tenant was told of, each once a period.';

CALL app.isolate_by_tenant('budget_alerts');
GRANT INSERT ON budget_alerts TO app;

CREATE TABLE billing_runs (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    as_of timestamptz NOT NULL,
    state text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT billing_runs_pkey PRIMARY KEY (tenant_id, run_id),
    CONSTRAINT billing_runs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT billing_runs_state_known CHECK (state IN ('drafting', 'stopped', 'finalizing', 'done'))
);

COMMENT ON TABLE billing_runs IS 'Bills everybody whose period ended by as_of; rows of the operator.';

-- Who starts a run while one is not done goes on with that one.
CREATE UNIQUE INDEX billing_runs_one_open ON billing_runs (tenant_id) WHERE state <> 'done';

CALL app.isolate_by_tenant('billing_runs');
CALL app.open_to_service('billing_runs');
GRANT INSERT, UPDATE, DELETE ON billing_runs TO service;

CREATE TABLE billing_run_items (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    state text NOT NULL DEFAULT 'waiting',
    lease_expires_at timestamptz,
    invoice_ids uuid[] NOT NULL DEFAULT '{}',
    error text,
    CONSTRAINT billing_run_items_pkey PRIMARY KEY (tenant_id, run_id),
    CONSTRAINT billing_run_items_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT billing_run_items_state_known
        CHECK (state IN ('waiting', 'drafted', 'finalized', 'failed')),
    CONSTRAINT billing_run_items_error_told CHECK ((state = 'failed') = (error IS NOT NULL))
);

COMMENT ON TABLE billing_run_items IS
    'How far a run is with each tenant. The run itself is the operator''s, so that no key leads to it.';

CREATE INDEX billing_run_items_open ON billing_run_items (run_id, state, tenant_id)
    WHERE state IN ('waiting', 'drafted');
CREATE INDEX billing_run_items_by_run ON billing_run_items (run_id, tenant_id);

CALL app.isolate_by_tenant('billing_run_items');
CALL app.open_to_service('billing_run_items');
GRANT INSERT, UPDATE, DELETE ON billing_run_items TO service;
GRANT UPDATE ON billing_run_items TO app;
