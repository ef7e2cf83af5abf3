-- Why an event failed, for whoever finds it in a dead-letter queue. A row tells of the past: it stays
-- when the event succeeds later, and goes when no queue can hold the event any more.
CREATE TABLE event_failures (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    last_reason text NOT NULL,
    first_failed_at timestamptz NOT NULL,
    last_failed_at timestamptz NOT NULL,
    CONSTRAINT event_failures_pkey PRIMARY KEY (tenant_id, consumer, event_id),
    CONSTRAINT event_failures_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT event_failures_last_reason_length CHECK (length(last_reason) BETWEEN 1 AND 500)
);

CREATE INDEX event_failures_by_time ON event_failures (last_failed_at);

CALL app.isolate_by_tenant('event_failures');
CALL app.open_to_service('event_failures');
GRANT INSERT, UPDATE ON event_failures TO app;
GRANT UPDATE, DELETE ON event_failures TO service;
