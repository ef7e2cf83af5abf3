CREATE TABLE usage_rollups (
    tenant_id uuid NOT NULL,
    billed_on date NOT NULL,
    day date NOT NULL,
    model_id text NOT NULL,
    provider_id text NOT NULL,
    user_id text NOT NULL,
    request_type text NOT NULL,
    currency text NOT NULL,
    estimated boolean NOT NULL,
    request_count bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    cached_count bigint NOT NULL,
    phi_count bigint NOT NULL,
    latency_ms_total bigint NOT NULL,
    provider_cost numeric NOT NULL,
    CONSTRAINT usage_rollups_pkey PRIMARY KEY (tenant_id, billed_on, day, model_id, provider_id,
        user_id, request_type, currency, estimated),
    CONSTRAINT usage_rollups_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

CALL app.isolate_by_tenant('usage_rollups');
GRANT INSERT, UPDATE ON usage_rollups TO app;

CREATE TABLE usage_closings (
    tenant_id uuid NOT NULL,
    closed_until date NOT NULL,
    CONSTRAINT usage_closings_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT usage_closings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

CALL app.isolate_by_tenant('usage_closings');
GRANT INSERT, UPDATE ON usage_closings TO app;
