-- Numbers have no gaps: the counter's row is locked until the invoice it numbered is committed.
CREATE TABLE invoice_counters (
    tenant_id uuid NOT NULL,
    last_number bigint NOT NULL,
    CONSTRAINT invoice_counters_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT invoice_counters_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT invoice_counters_last_number_not_negative CHECK (last_number >= 0)
);

CALL app.isolate_by_tenant('invoice_counters');
GRANT INSERT, UPDATE ON invoice_counters TO app;

CREATE TABLE invoices (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    number bigint NOT NULL,
    subscription_id uuid NOT NULL,
    reason text NOT NULL,
    period_start timestamptz NOT NULL,
    period_end timestamptz NOT NULL,
    status text NOT NULL,
    currency text NOT NULL,
    subtotal_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    issued_at timestamptz,
    due_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT invoices_pkey PRIMARY KEY (tenant_id, invoice_id),
    CONSTRAINT invoices_number_key UNIQUE (tenant_id, number),
    CONSTRAINT invoices_one_per_period_and_reason
        UNIQUE (tenant_id, subscription_id, period_start, reason),
    CONSTRAINT invoices_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT invoices_subscription_fkey FOREIGN KEY (tenant_id, subscription_id)
        REFERENCES subscriptions (tenant_id, subscription_id),
    CONSTRAINT invoices_number_positive CHECK (number > 0),
    CONSTRAINT invoices_reason_named CHECK (reason ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT invoices_period_forward CHECK (period_end > period_start),
    CONSTRAINT invoices_status_known
        CHECK (status IN ('draft', 'pending', 'paid', 'overdue', 'cancelled')),
    CONSTRAINT invoices_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT invoices_tax_not_negative CHECK (tax_minor >= 0),
    CONSTRAINT invoices_total_sums CHECK (total_minor = subtotal_minor + tax_minor),
    CONSTRAINT invoices_issue_dated
        CHECK (status = 'draft' OR (issued_at IS NOT NULL AND due_at IS NOT NULL))
);

CALL app.isolate_by_tenant('invoices');
GRANT INSERT, UPDATE ON invoices TO app;

CREATE TABLE invoice_lines (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    line_number integer NOT NULL,
    kind text NOT NULL,
    description text NOT NULL,
    quantity bigint NOT NULL,
    unit_amount_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    CONSTRAINT invoice_lines_pkey PRIMARY KEY (tenant_id, invoice_id, line_number),
    CONSTRAINT invoice_lines_invoice_fkey FOREIGN KEY (tenant_id, invoice_id)
        REFERENCES invoices (tenant_id, invoice_id),
    CONSTRAINT invoice_lines_line_number_positive CHECK (line_number > 0),
    CONSTRAINT invoice_lines_kind_named CHECK (kind ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT invoice_lines_quantity_positive CHECK (quantity > 0)
);

CALL app.isolate_by_tenant('invoice_lines');
GRANT INSERT ON invoice_lines TO app;
