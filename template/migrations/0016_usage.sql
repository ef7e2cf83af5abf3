-- Usage: raw events by month, the keys that find duplicates, and the roll-ups that are billed.

CREATE TABLE usage_closings (
    tenant_id uuid NOT NULL,
    closed_until date NOT NULL DEFAULT '0001-01-01',
    CONSTRAINT usage_closings_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT usage_closings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

COMMENT ON TABLE usage_closings IS
    'Up to which day a tenant''s usage is invoiced. Whoever writes usage holds the row FOR SHARE, whoever closes a period or corrects usage holds it alone.';

CALL app.isolate_by_tenant('usage_closings');
CALL app.open_to_service('usage_closings');
GRANT INSERT, UPDATE (closed_until) ON usage_closings TO app;

-- The tables below have no foreign key to tenants: it would be checked for each event, and there is
-- no usage without a row above.
CREATE TABLE usage_event_keys (
    tenant_id uuid NOT NULL,
    request_id text NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT usage_event_keys_pkey PRIMARY KEY (tenant_id, request_id),
    CONSTRAINT usage_event_keys_request_id_length CHECK (length(request_id) BETWEEN 1 AND 128)
);

COMMENT ON TABLE usage_event_keys IS
    'Which events are known. Not partitioned: a repetition that gives another time must be found too.';

-- keys come nearly in the order of time, so that a summary of each block is enough for the purge
CREATE INDEX usage_event_keys_occurred_at ON usage_event_keys USING brin (occurred_at);

CALL app.isolate_by_tenant('usage_event_keys');
CALL app.open_to_service('usage_event_keys');
GRANT INSERT ON usage_event_keys TO app;
-- UPDATE lets the purge lock what it deletes
GRANT DELETE, UPDATE (occurred_at) ON usage_event_keys TO service;

CREATE TABLE usage_events (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    request_id text NOT NULL,
    user_id text NOT NULL,
    provider_id text NOT NULL,
    model_id text NOT NULL,
    model_name text,
    request_type text NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    latency_ms bigint NOT NULL,
    is_cached boolean NOT NULL,
    is_phi_detected boolean NOT NULL,
    is_phi_sanitized boolean NOT NULL,
    currency text NOT NULL,
    provider_cost numeric NOT NULL,
    estimated boolean NOT NULL,
    billed_on date NOT NULL,
    corrects text,
    corrected_by uuid,
    CONSTRAINT usage_events_pkey PRIMARY KEY (tenant_id, occurred_at, event_id),
    CONSTRAINT usage_events_request_type_known
        CHECK (request_type IN ('chat', 'embedding', 'image', 'audio', 'video')),
    CONSTRAINT usage_events_counts_not_negative
        CHECK (input_tokens >= 0 AND output_tokens >= 0 AND latency_ms >= 0 AND provider_cost >= 0)
) PARTITION BY RANGE (occurred_at);

COMMENT ON COLUMN usage_events.billed_on IS
    'The UTC day that the event is billed on: its own, or the first that was open when it came.';
COMMENT ON COLUMN usage_events.corrects IS 'The request that the event corrects.';
COMMENT ON COLUMN usage_events.corrected_by IS 'The event that counts instead.';

CALL app.isolate_by_tenant('usage_events');
GRANT INSERT, UPDATE (provider_cost, estimated, corrected_by) ON usage_events TO app;

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
    CONSTRAINT usage_rollups_billed_no_earlier CHECK (billed_on >= day)
);

COMMENT ON TABLE usage_rollups IS
    'Usage summed by day. What a correction takes back after its period was closed is negative.';

CALL app.isolate_by_tenant('usage_rollups');
GRANT INSERT, UPDATE ON usage_rollups TO app;

-- Partitions belong to the owner. The service may have months made and dropped, and nothing else.

CREATE FUNCTION app.make_usage_months(first_day date, last_day date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s'
AS $$
DECLARE
    month date := date_trunc('month', first_day::timestamp)::date;
    made text[] := '{}';
    name text;
BEGIN
    IF last_day > first_day + 400 THEN
        RAISE EXCEPTION 'more than a year of months at once' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    WHILE month <= last_day LOOP
        name := to_char(month, '"usage_events_"YYYY"_"MM');
        IF to_regclass(format('public.%I', name)) IS NULL THEN
            -- attaching lets others go on reading and writing; CREATE ... PARTITION OF would not
            EXECUTE format('CREATE TABLE public.%I (LIKE public.usage_events INCLUDING ALL)', name);
            -- granted to nobody: rows are reached by the parent and its policies alone
            EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
            EXECUTE format(
                'ALTER TABLE public.usage_events ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                name, month::timestamp AT TIME ZONE 'UTC',
                (month + interval '1 month') AT TIME ZONE 'UTC'
            );
            made := made || name;
        END IF;
        month := (month + interval '1 month')::date;
    END LOOP;
    RETURN made;
END
$$;

COMMENT ON FUNCTION app.make_usage_months IS
    'Makes the partitions that usage of some days needs; returns the names of those that are new.';

CREATE FUNCTION app.drop_usage_months(before date) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '2s'
AS $$
DECLARE
    -- whatever a caller says, the last 90 days stay
    kept_from constant date := least(before, (now() AT TIME ZONE 'UTC')::date - 90);
    dropped text[] := '{}';
    name text;
BEGIN
    FOR name IN
        SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
         WHERE i.inhparent = 'public.usage_events'::regclass
           AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' <= kept_from
         ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE public.%I', name);
        dropped := dropped || name;
    END LOOP;
    RETURN dropped;
END
$$;

COMMENT ON FUNCTION app.drop_usage_months IS
    'Drops the partitions that hold nothing from a day on; returns their names.';

GRANT EXECUTE ON FUNCTION app.make_usage_months, app.drop_usage_months TO service;
