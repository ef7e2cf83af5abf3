CREATE TABLE idempotency_keys (
    tenant_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    status integer NOT NULL,
    response jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, route, key),
    CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT idempotency_keys_key_length CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_status_success CHECK (status BETWEEN 200 AND 299)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

CALL app.isolate_by_tenant('idempotency_keys');
CALL app.open_to_service('idempotency_keys');
GRANT INSERT, UPDATE ON idempotency_keys TO app;
GRANT INSERT, UPDATE, DELETE ON idempotency_keys TO service;
