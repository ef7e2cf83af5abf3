-- What needs a second person before it happens, and what an approval acts on.

-- The operator's own tenant, which the rows of the whole stack belong to. Only the migrate function
-- says which one it is.
ALTER TABLE tenants ADD COLUMN is_operator boolean NOT NULL DEFAULT false;

REVOKE INSERT, UPDATE ON tenants FROM service;
GRANT INSERT (tenant_id, name, email, status, settings, created_at, updated_at),
      UPDATE (name, email, status, settings, updated_at) ON tenants TO service;

CREATE FUNCTION app.is_operator(tenant uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog
RETURN EXISTS (SELECT FROM public.tenants AS t WHERE t.tenant_id = tenant AND t.is_operator);

COMMENT ON FUNCTION app.is_operator IS 'Whether a tenant that the caller sees is the operator''s own.';

GRANT EXECUTE ON FUNCTION app.is_operator TO app;

CREATE PROCEDURE app.reserve_for_operator(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY operator_inserting ON %s AS RESTRICTIVE FOR INSERT TO app'
        ' WITH CHECK (app.is_operator(tenant_id))', target
    );
    EXECUTE format(
        'CREATE POLICY operator_updating ON %s AS RESTRICTIVE FOR UPDATE TO app'
        ' USING (app.is_operator(tenant_id)) WITH CHECK (app.is_operator(tenant_id))', target
    );
END
$$;

COMMENT ON PROCEDURE app.reserve_for_operator IS
    'Lets nobody but the operator''s tenant write a table that app.isolate_by_tenant has isolated.';

CREATE TABLE approval_requests (
    tenant_id uuid NOT NULL,
    approval_id uuid NOT NULL,
    type text NOT NULL,
    action text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    details jsonb NOT NULL,
    before jsonb NOT NULL,
    priority text NOT NULL,
    notes text,
    requires_two_people boolean NOT NULL,
    content_hash text NOT NULL,
    requested_by uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    decided_by uuid,
    decided_at timestamptz,
    reason text,
    CONSTRAINT approval_requests_pkey PRIMARY KEY (tenant_id, approval_id),
    CONSTRAINT approval_requests_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT approval_requests_requester_fkey FOREIGN KEY (tenant_id, requested_by)
        REFERENCES administrators (tenant_id, administrator_id),
    CONSTRAINT approval_requests_decider_fkey FOREIGN KEY (tenant_id, decided_by)
        REFERENCES administrators (tenant_id, administrator_id),
    CONSTRAINT approval_requests_type_known CHECK (type IN ('deployment', 'promotion',
        'model_activation', 'provider_change', 'user_role_change', 'billing_change')),
    CONSTRAINT approval_requests_priority_known
        CHECK (priority IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT approval_requests_status_known
        CHECK (status IN ('pending', 'approved', 'rejected', 'cancelled')),
    CONSTRAINT approval_requests_notes_length CHECK (length(notes) <= 1000),
    CONSTRAINT approval_requests_reason_length CHECK (length(reason) <= 500),
    CONSTRAINT approval_requests_details_object CHECK (jsonb_typeof(details) = 'object'),
    CONSTRAINT approval_requests_before_object CHECK (jsonb_typeof(before) = 'object'),
    CONSTRAINT approval_requests_hash_form CHECK (content_hash ~ '^[0-9a-f]{64}$'),
    CONSTRAINT approval_requests_decided_by_somebody CHECK (
        (status IN ('approved', 'rejected')) = (decided_by IS NOT NULL)
        AND (status = 'pending') = (decided_at IS NULL)),
    CONSTRAINT approval_requests_two_people
        CHECK (NOT requires_two_people OR decided_by IS NULL OR decided_by <> requested_by),
    CONSTRAINT approval_requests_reason_to_reject CHECK (status <> 'rejected' OR reason IS NOT NULL)
);

COMMENT ON COLUMN approval_requests.status IS
    'What was decided; a pending request whose time is over counts as expired (app.status_at).';
COMMENT ON COLUMN approval_requests.before IS 'What the request would change, as it was when it was made.';
COMMENT ON COLUMN approval_requests.content_hash IS 'SHA-256 of everything an approver is shown.';

CREATE INDEX approval_requests_pending ON approval_requests (tenant_id, approval_id) WHERE status = 'pending';

CALL app.isolate_by_tenant('approval_requests');
-- What was asked for never changes, and a request is born undecided.
GRANT INSERT (tenant_id, approval_id, type, action, resource_type, resource_id, details, before,
              priority, notes, requires_two_people, content_hash, requested_by, requested_at,
              expires_at),
      UPDATE (status, decided_by, decided_at, reason) ON approval_requests TO app;

CREATE FUNCTION app.keep_decision() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION 'approval request % is % for good', OLD.approval_id, OLD.status
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER approval_requests_decided_once
    BEFORE UPDATE ON approval_requests
    FOR EACH ROW WHEN (OLD.status <> 'pending') EXECUTE FUNCTION app.keep_decision();

CREATE TABLE billing_settings (
    tenant_id uuid NOT NULL,
    margin_percent numeric(5, 2) NOT NULL DEFAULT 20.00,
    margin_type text NOT NULL DEFAULT 'fixed',
    margin_tiers jsonb NOT NULL DEFAULT '[]',
    tax_enabled boolean NOT NULL DEFAULT false,
    tax_percent numeric(5, 2) NOT NULL DEFAULT 0.00,
    tax_id text,
    stripe_customer_id text,
    default_payment_method_id text,
    auto_pay boolean NOT NULL DEFAULT false,
    billing_cycle_day integer NOT NULL DEFAULT 1,
    currency text NOT NULL DEFAULT 'USD',
    budget_limit_minor bigint,
    alert_thresholds integer[] NOT NULL DEFAULT '{50,75,90,100}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT billing_settings_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT billing_settings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT billing_settings_margin_range CHECK (margin_percent >= 0),
    CONSTRAINT billing_settings_margin_type_known CHECK (margin_type IN ('fixed', 'tiered')),
    CONSTRAINT billing_settings_tiers_list CHECK (jsonb_typeof(margin_tiers) = 'array'),
    CONSTRAINT billing_settings_tiered_by_tiers CHECK (margin_type = 'fixed' OR margin_tiers <> '[]'),
    CONSTRAINT billing_settings_tax_range CHECK (tax_percent BETWEEN 0 AND 100),
    CONSTRAINT billing_settings_tax_id_length CHECK (length(tax_id) BETWEEN 1 AND 50),
    CONSTRAINT billing_settings_cycle_day_range CHECK (billing_cycle_day BETWEEN 1 AND 28),
    CONSTRAINT billing_settings_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT billing_settings_budget_positive CHECK (budget_limit_minor > 0),
    CONSTRAINT billing_settings_thresholds_range
        CHECK (1 <= ALL (alert_thresholds) AND 100 >= ALL (alert_thresholds))
);

COMMENT ON TABLE billing_settings IS 'How a tenant is billed; no row means the defaults.';
COMMENT ON COLUMN billing_settings.margin_percent IS 'What comes on top of the cost of usage.';
COMMENT ON COLUMN billing_settings.budget_limit_minor IS
    'What a period may cost, in minor units of the currency; NULL: no limit.';
COMMENT ON COLUMN billing_settings.alert_thresholds IS 'At which percentages of the budget to alert.';

CALL app.isolate_by_tenant('billing_settings');
GRANT INSERT, UPDATE ON billing_settings TO app;

CREATE TABLE deployments (
    tenant_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    environment text NOT NULL,
    version text NOT NULL,
    replaces uuid,
    approval_id uuid NOT NULL,
    promoted_to text,
    promoted_at timestamptz,
    created_at timestamptz NOT NULL,
    CONSTRAINT deployments_pkey PRIMARY KEY (tenant_id, deployment_id),
    CONSTRAINT deployments_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT deployments_approval_fkey FOREIGN KEY (tenant_id, approval_id)
        REFERENCES approval_requests (tenant_id, approval_id),
    CONSTRAINT deployments_approval_key UNIQUE (tenant_id, approval_id),
    -- two that were approved at the same moment cannot both follow on the same one
    CONSTRAINT deployments_in_a_row UNIQUE NULLS NOT DISTINCT (tenant_id, environment, replaces),
    CONSTRAINT deployments_environment_known CHECK (environment IN ('dev', 'staging', 'prod')),
    CONSTRAINT deployments_target_known CHECK (promoted_to IN ('staging', 'prod')),
    CONSTRAINT deployments_promoted_at_some_time CHECK ((promoted_to IS NULL) = (promoted_at IS NULL))
);

COMMENT ON TABLE deployments IS 'What was approved to be deployed; a pipeline does it.';
COMMENT ON COLUMN deployments.replaces IS 'The deployment to the same environment before this one.';

CALL app.isolate_by_tenant('deployments');
CALL app.reserve_for_operator('deployments');
GRANT INSERT, UPDATE (promoted_to, promoted_at) ON deployments TO app;

CREATE TABLE model_providers (
    tenant_id uuid NOT NULL,
    provider_id text NOT NULL,
    config jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT model_providers_pkey PRIMARY KEY (tenant_id, provider_id),
    CONSTRAINT model_providers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT model_providers_id_form CHECK (provider_id ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    CONSTRAINT model_providers_config_object CHECK (jsonb_typeof(config) = 'object')
);

COMMENT ON TABLE model_providers IS 'How models are reached: the operator''s business alone.';

CALL app.isolate_by_tenant('model_providers');
CALL app.reserve_for_operator('model_providers');
GRANT INSERT, UPDATE (config, updated_at) ON model_providers TO app;

CREATE TABLE models (
    tenant_id uuid NOT NULL,
    model_id text NOT NULL,
    provider_id text NOT NULL,
    status text NOT NULL DEFAULT 'inactive',
    thermal_state text NOT NULL DEFAULT 'off',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT models_pkey PRIMARY KEY (tenant_id, model_id),
    CONSTRAINT models_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT models_provider_fkey FOREIGN KEY (tenant_id, provider_id)
        REFERENCES model_providers (tenant_id, provider_id),
    CONSTRAINT models_id_form CHECK (model_id ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
    CONSTRAINT models_status_known CHECK (status IN ('active', 'inactive', 'deprecated')),
    CONSTRAINT models_thermal_state_known
        CHECK (thermal_state IN ('off', 'cold', 'warm', 'hot', 'automatic'))
);

COMMENT ON TABLE models IS 'What every tenant may use; the operator''s rows, which all tenants read.';
COMMENT ON COLUMN models.thermal_state IS 'How fast it answers after a pause: kept running or started when asked.';

CALL app.isolate_by_tenant('models');
CALL app.reserve_for_operator('models');
-- Only the operator's rows exist here, and whoever is billed for a model must see it.
CREATE POLICY registry_reading ON models FOR SELECT TO app, reader USING (true);
GRANT INSERT, UPDATE (status, thermal_state, updated_at) ON models TO app;
