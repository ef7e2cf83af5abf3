CREATE TABLE outbox (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    payload jsonb NOT NULL,
    correlation_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    available_at timestamptz NOT NULL,
    published_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, event_id),
    CONSTRAINT outbox_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT outbox_event_type_named CHECK (event_type ~ '^[a-z_]+\.[a-z_]+$'),
    CONSTRAINT outbox_payload_object CHECK (jsonb_typeof(payload) = 'object')
);

COMMENT ON COLUMN outbox.available_at IS 'When the relay may try next; later with every failure.';

-- The relay and the purge go through these; both stay small.
CREATE INDEX outbox_unpublished ON outbox (event_id) WHERE published_at IS NULL;
CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;

CALL app.isolate_by_tenant('outbox');
CALL app.open_to_service('outbox');
GRANT INSERT ON outbox TO app;
GRANT INSERT, UPDATE, DELETE ON outbox TO service;

CREATE TABLE processed_events (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    processed_at timestamptz NOT NULL,
    CONSTRAINT processed_events_pkey PRIMARY KEY (tenant_id, consumer, event_id),
    CONSTRAINT processed_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

CREATE INDEX processed_events_by_time ON processed_events (processed_at);

CALL app.isolate_by_tenant('processed_events');
CALL app.open_to_service('processed_events');
GRANT INSERT ON processed_events TO app;
GRANT UPDATE, DELETE ON processed_events TO service;

CREATE TABLE deliveries (
    tenant_id uuid NOT NULL,
    delivery_key text NOT NULL,
    channel text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    fence bigint NOT NULL,
    lease_expires_at timestamptz NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    provider_id text,
    last_error text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT deliveries_pkey PRIMARY KEY (tenant_id, delivery_key),
    CONSTRAINT deliveries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT deliveries_state_known CHECK (state IN ('claimed', 'sending', 'sent', 'uncertain')),
    CONSTRAINT deliveries_sent_by_provider CHECK (state <> 'sent' OR provider_id IS NOT NULL)
);

CREATE INDEX deliveries_sent ON deliveries (updated_at) WHERE state = 'sent';

CALL app.isolate_by_tenant('deliveries');
CALL app.open_to_service('deliveries');
GRANT INSERT, UPDATE ON deliveries TO app;
GRANT UPDATE, DELETE ON deliveries TO service;
