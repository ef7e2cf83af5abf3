-- Generated from the migrations; do not edit.

CREATE SCHEMA app;

ALTER SCHEMA app OWNER TO owner;

CREATE TABLE public.audit_entries (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    address text,
    agent text,
    before jsonb,
    after jsonb,
    sequence bigint NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL
);

ALTER TABLE ONLY public.audit_entries FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_entries OWNER TO owner;

CREATE FUNCTION app.audit_hash(entry public.audit_entries) RETURNS text
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    RETURN encode(sha256(convert_to((jsonb_build_array((entry).previous_hash, (entry).sequence, (entry).tenant_id, (entry).entry_id, (entry).event_id, EXTRACT(epoch FROM (entry).occurred_at), (entry).actor, (entry).action, (entry).resource_type, (entry).resource_id, (entry).address, (entry).agent, (entry).before, (entry).after, (entry).detail, EXTRACT(epoch FROM (entry).created_at)))::text, 'UTF8'::name)), 'hex'::text);

ALTER FUNCTION app.audit_hash(entry public.audit_entries) OWNER TO owner;

COMMENT ON FUNCTION app.audit_hash(entry public.audit_entries) IS 'What the hash of an entry has to be.';

CREATE FUNCTION app.chain_audit_entry() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    head public.audit_heads;
BEGIN
    INSERT INTO public.audit_heads (tenant_id, sequence, hash) VALUES (NEW.tenant_id, 0, '')
    ON CONFLICT DO NOTHING;
    -- one entry of a tenant after the other
    SELECT * INTO STRICT head FROM public.audit_heads WHERE tenant_id = NEW.tenant_id FOR UPDATE;
    -- an event that comes again must not take a place that stays empty
    PERFORM FROM public.audit_entries
      WHERE tenant_id = NEW.tenant_id AND event_id = NEW.event_id;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    NEW.sequence := head.sequence + 1;
    NEW.previous_hash := head.hash;
    NEW.hash := app.audit_hash(NEW);
    UPDATE public.audit_heads SET sequence = NEW.sequence, hash = NEW.hash
     WHERE tenant_id = NEW.tenant_id;
    RETURN NEW;
END
$$;

ALTER FUNCTION app.chain_audit_entry() OWNER TO owner;

CREATE FUNCTION app.drop_usage_months(before date) RETURNS text[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
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

ALTER FUNCTION app.drop_usage_months(before date) OWNER TO owner;

COMMENT ON FUNCTION app.drop_usage_months(before date) IS 'Drops the partitions that hold nothing from a day on; returns their names.';

CREATE FUNCTION app.enter_tenant(tenant uuid) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    entered uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
BEGIN
    IF tenant IS NULL THEN
        RAISE EXCEPTION 'no tenant to enter' USING ERRCODE = 'null_value_not_allowed';
    END IF;
    IF entered IS NOT NULL AND entered <> tenant THEN
        RAISE EXCEPTION 'this transaction is in the context of another tenant already'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM set_config('app.tenant_id', tenant::text, true);
END
$$;

ALTER FUNCTION app.enter_tenant(tenant uuid) OWNER TO owner;

COMMENT ON FUNCTION app.enter_tenant(tenant uuid) IS 'Puts the rest of the transaction in a tenant''s context.';

CREATE TABLE public.tenants (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    is_operator boolean DEFAULT false NOT NULL,
    CONSTRAINT tenants_email_length CHECK (((length(email) >= 3) AND (length(email) <= 254))),
    CONSTRAINT tenants_name_length CHECK (((length(name) >= 1) AND (length(name) <= 200))),
    CONSTRAINT tenants_settings_object CHECK ((jsonb_typeof(settings) = 'object'::text)),
    CONSTRAINT tenants_status_known CHECK ((status = ANY (ARRAY['active'::text, 'suspended'::text, 'closed'::text])))
);

ALTER TABLE ONLY public.tenants FORCE ROW LEVEL SECURITY;

ALTER TABLE public.tenants OWNER TO owner;

CREATE FUNCTION app.is_operator(tenant uuid) RETURNS boolean
    LANGUAGE sql STABLE
    SET search_path TO 'pg_catalog'
    RETURN (EXISTS (SELECT FROM public.tenants t WHERE ((t.tenant_id = is_operator.tenant) AND t.is_operator)));

ALTER FUNCTION app.is_operator(tenant uuid) OWNER TO owner;

COMMENT ON FUNCTION app.is_operator(tenant uuid) IS 'Whether a tenant that the caller sees is the operator''s own.';

CREATE PROCEDURE app.isolate_by_tenant(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
DECLARE
    is_own constant text :=
        'tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid';
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', target);
    EXECUTE format(
        'CREATE POLICY tenant_isolation ON %s FOR ALL TO app USING (%s) WITH CHECK (%s)',
        target, is_own, is_own
    );
    EXECUTE format('CREATE POLICY tenant_reading ON %s FOR SELECT TO reader USING (%s)', target, is_own);
    EXECUTE format('GRANT SELECT ON %s TO app, reader', target);
END
$$;

ALTER PROCEDURE app.isolate_by_tenant(IN target regclass) OWNER TO owner;

COMMENT ON PROCEDURE app.isolate_by_tenant(IN target regclass) IS 'Lets app and reader see one tenant''s rows alone; grants no writing.';

CREATE FUNCTION app.keep_decision() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    RAISE EXCEPTION 'approval request % is % for good', OLD.approval_id, OLD.status
        USING ERRCODE = 'restrict_violation';
END
$$;

ALTER FUNCTION app.keep_decision() OWNER TO owner;

CREATE FUNCTION app.make_usage_months(first_day date, last_day date) RETURNS text[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    SET lock_timeout TO '2s'
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

ALTER FUNCTION app.make_usage_months(first_day date, last_day date) OWNER TO owner;

COMMENT ON FUNCTION app.make_usage_months(first_day date, last_day date) IS 'Makes the partitions that usage of some days needs; returns the names of those that are new.';

CREATE PROCEDURE app.open_to_service(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY service_access ON %s FOR ALL TO service USING (true) WITH CHECK (true)', target
    );
    EXECUTE format('GRANT SELECT ON %s TO service', target);
END
$$;

ALTER PROCEDURE app.open_to_service(IN target regclass) OWNER TO owner;

COMMENT ON PROCEDURE app.open_to_service(IN target regclass) IS 'Lets the service see every tenant''s rows of a table; grants no writing.';

CREATE FUNCTION app.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

ALTER FUNCTION app.refuse_change() OWNER TO owner;

CREATE PROCEDURE app.reserve_for_operator(IN target regclass)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog'
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

ALTER PROCEDURE app.reserve_for_operator(IN target regclass) OWNER TO owner;

COMMENT ON PROCEDURE app.reserve_for_operator(IN target regclass) IS 'Lets nobody but the operator''s tenant write a table that app.isolate_by_tenant has isolated.';

CREATE FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    SET search_path TO 'pg_catalog'
    RETURN CASE WHEN ((status = 'pending'::text) AND (expires_at <= moment)) THEN 'expired'::text ELSE status END;

ALTER FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) OWNER TO owner;

COMMENT ON FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) IS 'What has become of something that waits for a person.';

CREATE FUNCTION app.tenant_of_client(presented text) RETURNS uuid
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog'
    AS $$
    SELECT min(tenant_id::text)::uuid FROM public.machine_clients
     WHERE client_id = presented AND revoked_at IS NULL
    HAVING count(*) = 1
$$;

ALTER FUNCTION app.tenant_of_client(presented text) OWNER TO owner;

COMMENT ON FUNCTION app.tenant_of_client(presented text) IS 'The tenant whose machine a client is; null if it is unknown, revoked, or claimed by two.';

CREATE TABLE app.migrations (
    version integer NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamp with time zone NOT NULL
);

ALTER TABLE app.migrations OWNER TO owner;

CREATE TABLE public.administrator_notifications (
    tenant_id uuid NOT NULL,
    notification_id uuid NOT NULL,
    administrator_id uuid NOT NULL,
    event_id uuid NOT NULL,
    category text NOT NULL,
    priority text NOT NULL,
    title text NOT NULL,
    message text NOT NULL,
    link_path text NOT NULL,
    link_label text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    dismissed_at timestamp with time zone,
    mail_due_at timestamp with time zone,
    mail_id uuid,
    mailed_at timestamp with time zone,
    CONSTRAINT administrator_notifications_category_known CHECK ((category = ANY (ARRAY['security'::text, 'billing'::text, 'deployment'::text, 'approval'::text, 'system'::text, 'alert'::text]))),
    CONSTRAINT administrator_notifications_link_within_app CHECK ((link_path ~ '^/([^/]|$)'::text)),
    CONSTRAINT administrator_notifications_mailed_in_a_mail CHECK (((mailed_at IS NULL) OR (mail_id IS NOT NULL))),
    CONSTRAINT administrator_notifications_priority_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT administrator_notifications_title_length CHECK (((length(title) >= 1) AND (length(title) <= 200)))
);

ALTER TABLE ONLY public.administrator_notifications FORCE ROW LEVEL SECURITY;

ALTER TABLE public.administrator_notifications OWNER TO owner;

COMMENT ON COLUMN public.administrator_notifications.link_path IS 'A page of the app; mails put the app''s origin before it.';

COMMENT ON COLUMN public.administrator_notifications.mail_due_at IS 'When it is to be mailed; null where no mail is wanted, or one may have left and nobody can tell.';

COMMENT ON COLUMN public.administrator_notifications.mail_id IS 'The one mail that holds it; the mail''s delivery has the key administrator_mail:<mail_id>.';

CREATE TABLE public.administrator_profiles (
    tenant_id uuid NOT NULL,
    administrator_id uuid NOT NULL,
    notifications jsonb NOT NULL,
    timezone text NOT NULL,
    language text NOT NULL,
    date_format text NOT NULL,
    time_format text NOT NULL,
    currency text NOT NULL,
    theme text NOT NULL,
    default_environment text NOT NULL,
    sidebar_collapsed boolean NOT NULL,
    table_rows_per_page integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT administrator_profiles_notifications_object CHECK ((jsonb_typeof(notifications) = 'object'::text))
);

ALTER TABLE ONLY public.administrator_profiles FORCE ROW LEVEL SECURITY;

ALTER TABLE public.administrator_profiles OWNER TO owner;

COMMENT ON TABLE public.administrator_profiles IS 'Preferences that differ from the defaults; no row means the defaults.';

CREATE TABLE public.administrators (
    tenant_id uuid NOT NULL,
    administrator_id uuid NOT NULL,
    cognito_sub text,
    email text,
    first_name text NOT NULL,
    last_name text NOT NULL,
    role text NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT administrators_email_lower CHECK ((email = lower(email))),
    CONSTRAINT administrators_email_until_deleted CHECK (((email IS NULL) = (status = 'deleted'::text))),
    CONSTRAINT administrators_role_known CHECK ((role = ANY (ARRAY['super_admin'::text, 'admin'::text, 'operator'::text, 'auditor'::text]))),
    CONSTRAINT administrators_status_known CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text])))
);

ALTER TABLE ONLY public.administrators FORCE ROW LEVEL SECURITY;

ALTER TABLE public.administrators OWNER TO owner;

COMMENT ON COLUMN public.administrators.cognito_sub IS 'Who signs in as this administrator; the first one is recognised by address at the first sign-in.';

COMMENT ON COLUMN public.administrators.status IS 'A deleted administrator leaves a row without address and name, for what refers to it.';

CREATE TABLE public.approval_requests (
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
    requested_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    reason text,
    CONSTRAINT approval_requests_before_object CHECK ((jsonb_typeof(before) = 'object'::text)),
    CONSTRAINT approval_requests_decided_by_somebody CHECK ((((status = ANY (ARRAY['approved'::text, 'rejected'::text])) = (decided_by IS NOT NULL)) AND ((status = 'pending'::text) = (decided_at IS NULL)))),
    CONSTRAINT approval_requests_details_object CHECK ((jsonb_typeof(details) = 'object'::text)),
    CONSTRAINT approval_requests_hash_form CHECK ((content_hash ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT approval_requests_notes_length CHECK ((length(notes) <= 1000)),
    CONSTRAINT approval_requests_priority_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'critical'::text]))),
    CONSTRAINT approval_requests_reason_length CHECK ((length(reason) <= 500)),
    CONSTRAINT approval_requests_reason_to_reject CHECK (((status <> 'rejected'::text) OR (reason IS NOT NULL))),
    CONSTRAINT approval_requests_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'rejected'::text, 'cancelled'::text]))),
    CONSTRAINT approval_requests_two_people CHECK (((NOT requires_two_people) OR (decided_by IS NULL) OR (decided_by <> requested_by))),
    CONSTRAINT approval_requests_type_known CHECK ((type = ANY (ARRAY['deployment'::text, 'promotion'::text, 'model_activation'::text, 'provider_change'::text, 'user_role_change'::text, 'billing_change'::text])))
);

ALTER TABLE ONLY public.approval_requests FORCE ROW LEVEL SECURITY;

ALTER TABLE public.approval_requests OWNER TO owner;

COMMENT ON COLUMN public.approval_requests.before IS 'What the request would change, as it was when it was made.';

COMMENT ON COLUMN public.approval_requests.content_hash IS 'SHA-256 of everything an approver is shown.';

COMMENT ON COLUMN public.approval_requests.status IS 'What was decided; a pending request whose time is over counts as expired (app.status_at).';

CREATE TABLE public.audit_heads (
    tenant_id uuid NOT NULL,
    sequence bigint NOT NULL,
    hash text NOT NULL
);

ALTER TABLE ONLY public.audit_heads FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_heads OWNER TO owner;

COMMENT ON TABLE public.audit_heads IS 'The last link of each chain: without it, entries missing at the end would not show.';

CREATE TABLE public.billing_run_items (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    lease_expires_at timestamp with time zone,
    invoice_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    error text,
    CONSTRAINT billing_run_items_error_told CHECK (((state = 'failed'::text) = (error IS NOT NULL))),
    CONSTRAINT billing_run_items_state_known CHECK ((state = ANY (ARRAY['waiting'::text, 'drafted'::text, 'finalized'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.billing_run_items FORCE ROW LEVEL SECURITY;

ALTER TABLE public.billing_run_items OWNER TO owner;

COMMENT ON TABLE public.billing_run_items IS 'How far a run is with each tenant. The run itself is the operator''s, so that no key leads to it.';

CREATE TABLE public.billing_runs (
    tenant_id uuid NOT NULL,
    run_id uuid NOT NULL,
    as_of timestamp with time zone NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT billing_runs_state_known CHECK ((state = ANY (ARRAY['drafting'::text, 'stopped'::text, 'finalizing'::text, 'done'::text])))
);

ALTER TABLE ONLY public.billing_runs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.billing_runs OWNER TO owner;

COMMENT ON TABLE public.billing_runs IS 'Bills everybody whose period ended by as_of; rows of the operator.';

CREATE TABLE public.billing_settings (
    tenant_id uuid NOT NULL,
    margin_percent numeric(5,2) DEFAULT 20.00 NOT NULL,
    margin_type text DEFAULT 'fixed'::text NOT NULL,
    margin_tiers jsonb DEFAULT '[]'::jsonb NOT NULL,
    tax_enabled boolean DEFAULT false NOT NULL,
    tax_percent numeric(5,2) DEFAULT 0.00 NOT NULL,
    tax_id text,
    stripe_customer_id text,
    default_payment_method_id text,
    auto_pay boolean DEFAULT false NOT NULL,
    billing_cycle_day integer DEFAULT 1 NOT NULL,
    currency text DEFAULT 'USD'::text NOT NULL,
    budget_limit_minor bigint,
    alert_thresholds integer[] DEFAULT '{50,75,90,100}'::integer[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    mail_documents boolean DEFAULT false NOT NULL,
    CONSTRAINT billing_settings_budget_positive CHECK ((budget_limit_minor > 0)),
    CONSTRAINT billing_settings_currency_code CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT billing_settings_cycle_day_range CHECK (((billing_cycle_day >= 1) AND (billing_cycle_day <= 28))),
    CONSTRAINT billing_settings_margin_range CHECK ((margin_percent >= (0)::numeric)),
    CONSTRAINT billing_settings_margin_type_known CHECK ((margin_type = ANY (ARRAY['fixed'::text, 'tiered'::text]))),
    CONSTRAINT billing_settings_tax_id_length CHECK (((length(tax_id) >= 1) AND (length(tax_id) <= 50))),
    CONSTRAINT billing_settings_tax_range CHECK (((tax_percent >= (0)::numeric) AND (tax_percent <= (100)::numeric))),
    CONSTRAINT billing_settings_thresholds_range CHECK (((1 <= ALL (alert_thresholds)) AND (100 >= ALL (alert_thresholds)))),
    CONSTRAINT billing_settings_tiered_by_tiers CHECK (((margin_type = 'fixed'::text) OR (margin_tiers <> '[]'::jsonb))),
    CONSTRAINT billing_settings_tiers_list CHECK ((jsonb_typeof(margin_tiers) = 'array'::text))
);

ALTER TABLE ONLY public.billing_settings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.billing_settings OWNER TO owner;

COMMENT ON TABLE public.billing_settings IS 'How a tenant is billed; no row means the defaults.';

COMMENT ON COLUMN public.billing_settings.margin_percent IS 'What comes on top of the cost of usage.';

COMMENT ON COLUMN public.billing_settings.budget_limit_minor IS 'What a period may cost, in minor units of the currency; NULL: no limit.';

COMMENT ON COLUMN public.billing_settings.alert_thresholds IS 'At which percentages of the budget to alert.';

COMMENT ON COLUMN public.billing_settings.mail_documents IS 'Whether mail about an invoice brings its document.';

CREATE TABLE public.budget_alerts (
    tenant_id uuid NOT NULL,
    period_start date NOT NULL,
    threshold integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT budget_alerts_threshold_range CHECK (((threshold >= 1) AND (threshold <= 100)))
);

ALTER TABLE ONLY public.budget_alerts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.budget_alerts OWNER TO owner;

COMMENT ON TABLE public.budget_alerts IS 'Which thresholds of its budget a tenant was told of, each once a period.';

CREATE TABLE public.deliveries (
    tenant_id uuid NOT NULL,
    delivery_key text NOT NULL,
    channel text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL,
    fence bigint NOT NULL,
    lease_expires_at timestamp with time zone NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    provider_id text,
    last_error text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT deliveries_sent_by_provider CHECK (((state <> 'sent'::text) OR (provider_id IS NOT NULL))),
    CONSTRAINT deliveries_state_known CHECK ((state = ANY (ARRAY['claimed'::text, 'sending'::text, 'sent'::text, 'uncertain'::text])))
);

ALTER TABLE ONLY public.deliveries FORCE ROW LEVEL SECURITY;

ALTER TABLE public.deliveries OWNER TO owner;

CREATE TABLE public.deployments (
    tenant_id uuid NOT NULL,
    deployment_id uuid NOT NULL,
    environment text NOT NULL,
    version text NOT NULL,
    replaces uuid,
    approval_id uuid NOT NULL,
    promoted_to text,
    promoted_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT deployments_environment_known CHECK ((environment = ANY (ARRAY['dev'::text, 'staging'::text, 'prod'::text]))),
    CONSTRAINT deployments_promoted_at_some_time CHECK (((promoted_to IS NULL) = (promoted_at IS NULL))),
    CONSTRAINT deployments_target_known CHECK ((promoted_to = ANY (ARRAY['staging'::text, 'prod'::text])))
);

ALTER TABLE ONLY public.deployments FORCE ROW LEVEL SECURITY;

ALTER TABLE public.deployments OWNER TO owner;

COMMENT ON TABLE public.deployments IS 'What was approved to be deployed; a pipeline does it.';

COMMENT ON COLUMN public.deployments.replaces IS 'The deployment to the same environment before this one.';

CREATE TABLE public.event_failures (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    attempts integer DEFAULT 1 NOT NULL,
    last_reason text NOT NULL,
    first_failed_at timestamp with time zone NOT NULL,
    last_failed_at timestamp with time zone NOT NULL,
    CONSTRAINT event_failures_last_reason_length CHECK (((length(last_reason) >= 1) AND (length(last_reason) <= 500)))
);

ALTER TABLE ONLY public.event_failures FORCE ROW LEVEL SECURITY;

ALTER TABLE public.event_failures OWNER TO owner;

CREATE TABLE public.idempotency_keys (
    tenant_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    status integer NOT NULL,
    response jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT idempotency_keys_key_length CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT idempotency_keys_status_success CHECK (((status >= 200) AND (status <= 299)))
);

ALTER TABLE ONLY public.idempotency_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys OWNER TO owner;

CREATE TABLE public.invitations (
    tenant_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    message text,
    token_hash text,
    status text DEFAULT 'pending'::text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    invited_by uuid,
    invited_by_name text NOT NULL,
    times_sent integer DEFAULT 1 NOT NULL,
    accept_fence bigint DEFAULT 0 NOT NULL,
    accept_lease_expires_at timestamp with time zone,
    administrator_id uuid,
    accepted_at timestamp with time zone,
    accepted_from text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT invitations_accepted_by_somebody CHECK (((status <> 'accepted'::text) OR ((administrator_id IS NOT NULL) AND (accepted_at IS NOT NULL)))),
    CONSTRAINT invitations_email_lower CHECK ((email = lower(email))),
    CONSTRAINT invitations_message_length CHECK ((length(message) <= 500)),
    CONSTRAINT invitations_role_known CHECK ((role = ANY (ARRAY['super_admin'::text, 'admin'::text, 'operator'::text, 'auditor'::text]))),
    CONSTRAINT invitations_status_known CHECK ((status = ANY (ARRAY['pending'::text, 'accepted'::text, 'expired'::text, 'revoked'::text])))
);

ALTER TABLE ONLY public.invitations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invitations OWNER TO owner;

COMMENT ON COLUMN public.invitations.token_hash IS 'SHA-256 of the token, which is made when the mail is written and is stored nowhere.';

COMMENT ON COLUMN public.invitations.invited_by IS 'Nobody where the operator invited a tenant''s first administrator.';

COMMENT ON COLUMN public.invitations.accept_lease_expires_at IS 'Until when whoever holds the last fence may be making the user in Cognito.';

CREATE TABLE public.invoice_counters (
    tenant_id uuid NOT NULL,
    last_number bigint NOT NULL,
    CONSTRAINT invoice_counters_last_number_not_negative CHECK ((last_number >= 0))
);

ALTER TABLE ONLY public.invoice_counters FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_counters OWNER TO owner;

CREATE TABLE public.invoice_lines (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    line_number integer NOT NULL,
    kind text NOT NULL,
    description text NOT NULL,
    quantity bigint NOT NULL,
    unit_amount_minor bigint NOT NULL,
    amount_minor bigint NOT NULL,
    usage jsonb,
    CONSTRAINT invoice_lines_amount_multiplies CHECK ((amount_minor = (quantity * unit_amount_minor))),
    CONSTRAINT invoice_lines_kind_named CHECK ((kind ~ '^[a-z][a-z_]{0,62}$'::text)),
    CONSTRAINT invoice_lines_line_number_positive CHECK ((line_number > 0)),
    CONSTRAINT invoice_lines_quantity_positive CHECK ((quantity > 0)),
    CONSTRAINT invoice_lines_usage_object CHECK ((jsonb_typeof(usage) = 'object'::text))
);

ALTER TABLE ONLY public.invoice_lines FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_lines OWNER TO owner;

COMMENT ON COLUMN public.invoice_lines.usage IS 'What was used, and what it cost us; NULL for what is no usage.';

CREATE TABLE public.invoices (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    number bigint,
    subscription_id uuid,
    reason text NOT NULL,
    period_start timestamp with time zone NOT NULL,
    period_end timestamp with time zone NOT NULL,
    status text NOT NULL,
    currency text NOT NULL,
    subtotal_minor bigint NOT NULL,
    tax_minor bigint NOT NULL,
    total_minor bigint NOT NULL,
    issued_at timestamp with time zone,
    due_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    usage_minor bigint DEFAULT 0 NOT NULL,
    margin jsonb,
    tax_percent numeric(5,2) DEFAULT 0 NOT NULL,
    parties jsonb,
    credited_invoice_id uuid,
    note text,
    paid_at timestamp with time zone,
    payment_reference text,
    cancelled_at timestamp with time zone,
    reminders_sent integer DEFAULT 0 NOT NULL,
    reminder_due_at timestamp with time zone,
    CONSTRAINT invoices_cancelled_at_some_time CHECK (((status = 'cancelled'::text) = (cancelled_at IS NOT NULL))),
    CONSTRAINT invoices_credit_gives_back CHECK (((reason <> 'credit_note'::text) OR (total_minor < 0))),
    CONSTRAINT invoices_credit_of_an_invoice CHECK (((reason = 'credit_note'::text) = (credited_invoice_id IS NOT NULL))),
    CONSTRAINT invoices_currency_code CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT invoices_issue_dated CHECK ((((issued_at IS NULL) = (due_at IS NULL)) AND ((status = ANY (ARRAY['draft'::text, 'cancelled'::text])) OR (issued_at IS NOT NULL)))),
    CONSTRAINT invoices_margin_object CHECK ((jsonb_typeof(margin) = 'object'::text)),
    CONSTRAINT invoices_note_length CHECK ((length(note) <= 500)),
    CONSTRAINT invoices_number_positive CHECK ((number > 0)),
    CONSTRAINT invoices_numbered_when_issued CHECK (
CASE
    WHEN (issued_at IS NULL) THEN (number IS NULL)
    ELSE (number IS NOT NULL)
END),
    CONSTRAINT invoices_paid_at_some_time CHECK (((status = 'paid'::text) = (paid_at IS NOT NULL))),
    CONSTRAINT invoices_parties_object CHECK ((jsonb_typeof(parties) = 'object'::text)),
    CONSTRAINT invoices_period_forward CHECK ((period_end > period_start)),
    CONSTRAINT invoices_reason_named CHECK ((reason ~ '^[a-z][a-z_]{0,62}$'::text)),
    CONSTRAINT invoices_reference_length CHECK (((length(payment_reference) >= 1) AND (length(payment_reference) <= 200))),
    CONSTRAINT invoices_reminders_not_negative CHECK ((reminders_sent >= 0)),
    CONSTRAINT invoices_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'pending'::text, 'paid'::text, 'overdue'::text, 'cancelled'::text]))),
    CONSTRAINT invoices_tax_as_subtotal CHECK (
CASE
    WHEN (subtotal_minor < 0) THEN (tax_minor <= 0)
    ELSE (tax_minor >= 0)
END),
    CONSTRAINT invoices_tax_range CHECK (((tax_percent >= (0)::numeric) AND (tax_percent <= (100)::numeric))),
    CONSTRAINT invoices_total_sums CHECK ((total_minor = (subtotal_minor + tax_minor)))
);

ALTER TABLE ONLY public.invoices FORCE ROW LEVEL SECURITY;

ALTER TABLE public.invoices OWNER TO owner;

COMMENT ON COLUMN public.invoices.number IS 'Given when the invoice is issued, without gaps; NULL in a draft.';

COMMENT ON COLUMN public.invoices.usage_minor IS 'How much of the subtotal is usage, and not agreed before.';

COMMENT ON COLUMN public.invoices.margin IS 'The margin that its usage was billed with; NULL without usage.';

COMMENT ON COLUMN public.invoices.parties IS 'Whose invoice it is and who it is for, as they were when it was issued.';

COMMENT ON COLUMN public.invoices.reminder_due_at IS 'When it counts as overdue or is reminded of again; NULL when nothing more will be said.';

CREATE TABLE public.machine_clients (
    tenant_id uuid NOT NULL,
    machine_client_id uuid NOT NULL,
    client_id text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT machine_clients_client_not_empty CHECK ((client_id <> ''::text)),
    CONSTRAINT machine_clients_some_scope CHECK ((cardinality(scopes) > 0))
);

ALTER TABLE ONLY public.machine_clients FORCE ROW LEVEL SECURITY;

ALTER TABLE public.machine_clients OWNER TO owner;

COMMENT ON COLUMN public.machine_clients.client_id IS 'The client_id of OAuth, by which Cognito knows the machine.';

CREATE TABLE public.model_prices (
    tenant_id uuid NOT NULL,
    model_id text NOT NULL,
    currency text NOT NULL,
    valid_from timestamp with time zone NOT NULL,
    input_per_million numeric(14,6) NOT NULL,
    output_per_million numeric(14,6) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    applied_at timestamp with time zone,
    CONSTRAINT model_prices_currency_code CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT model_prices_not_negative CHECK (((input_per_million >= (0)::numeric) AND (output_per_million >= (0)::numeric))),
    CONSTRAINT model_prices_not_nothing CHECK (((input_per_million > (0)::numeric) OR (output_per_million > (0)::numeric)))
);

ALTER TABLE ONLY public.model_prices FORCE ROW LEVEL SECURITY;

ALTER TABLE public.model_prices OWNER TO owner;

COMMENT ON TABLE public.model_prices IS 'What providers charge for models, per million tokens; the operator''s rows, which all tenants read.';

COMMENT ON COLUMN public.model_prices.applied_at IS 'When usage from before the price was known had been priced anew; NULL: not yet.';

CREATE TABLE public.model_providers (
    tenant_id uuid NOT NULL,
    provider_id text NOT NULL,
    config jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT model_providers_config_object CHECK ((jsonb_typeof(config) = 'object'::text)),
    CONSTRAINT model_providers_id_form CHECK ((provider_id ~ '^[a-z0-9][a-z0-9._-]{0,99}$'::text))
);

ALTER TABLE ONLY public.model_providers FORCE ROW LEVEL SECURITY;

ALTER TABLE public.model_providers OWNER TO owner;

COMMENT ON TABLE public.model_providers IS 'How models are reached: the operator''s business alone.';

CREATE TABLE public.models (
    tenant_id uuid NOT NULL,
    model_id text NOT NULL,
    provider_id text NOT NULL,
    status text DEFAULT 'inactive'::text NOT NULL,
    thermal_state text DEFAULT 'off'::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    display_name text,
    CONSTRAINT models_display_name_length CHECK (((length(display_name) >= 1) AND (length(display_name) <= 200))),
    CONSTRAINT models_id_form CHECK ((model_id ~ '^[a-z0-9][a-z0-9._-]{0,99}$'::text)),
    CONSTRAINT models_status_known CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'deprecated'::text]))),
    CONSTRAINT models_thermal_state_known CHECK ((thermal_state = ANY (ARRAY['off'::text, 'cold'::text, 'warm'::text, 'hot'::text, 'automatic'::text])))
);

ALTER TABLE ONLY public.models FORCE ROW LEVEL SECURITY;

ALTER TABLE public.models OWNER TO owner;

COMMENT ON TABLE public.models IS 'What every tenant may use; the operator''s rows, which all tenants read.';

COMMENT ON COLUMN public.models.thermal_state IS 'How fast it answers after a pause: kept running or started when asked.';

COMMENT ON COLUMN public.models.display_name IS 'What people call it; NULL: its id.';

CREATE TABLE public.outbox (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    payload jsonb NOT NULL,
    correlation_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    available_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    last_error text,
    trace_header text,
    CONSTRAINT outbox_event_type_named CHECK ((event_type ~ '^[a-z_]+\.[a-z_]+$'::text)),
    CONSTRAINT outbox_payload_object CHECK ((jsonb_typeof(payload) = 'object'::text)),
    CONSTRAINT outbox_trace_header_formed CHECK (((length(trace_header) <= 1024) AND (trace_header ~ '^Root=1-[0-9a-f]{8}-[0-9a-f]{24}(;[A-Za-z]+=[A-Za-z0-9:|?._-]+)*$'::text)))
);

ALTER TABLE ONLY public.outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE public.outbox OWNER TO owner;

COMMENT ON COLUMN public.outbox.available_at IS 'When the relay may try next; later with every failure.';

COMMENT ON COLUMN public.outbox.trace_header IS 'The X-Ray trace the event was written under; the relay publishes the event under it.';

CREATE TABLE public.processed_events (
    tenant_id uuid NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL,
    processed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.processed_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.processed_events OWNER TO owner;

CREATE TABLE public.reconciliation_rounds (
    tenant_id uuid NOT NULL,
    compared_until uuid,
    updated_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.reconciliation_rounds FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reconciliation_rounds OWNER TO owner;

COMMENT ON TABLE public.reconciliation_rounds IS 'Where the comparison with Stripe stopped, in the order of tenants; the operator''s one row.';

CREATE TABLE public.stripe_credit_notes (
    tenant_id uuid NOT NULL,
    credit_note_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    is_refunded boolean NOT NULL,
    stripe_credit_note_id text,
    stripe_refund_id text,
    refund_status text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stripe_credit_notes_refund_of_a_note CHECK (((stripe_refund_id IS NULL) OR (is_refunded AND (stripe_credit_note_id IS NOT NULL)))),
    CONSTRAINT stripe_credit_notes_refund_with_status CHECK (((stripe_refund_id IS NULL) = (refund_status IS NULL))),
    CONSTRAINT stripe_credit_notes_status_known CHECK ((refund_status = ANY (ARRAY['pending'::text, 'requires_action'::text, 'succeeded'::text, 'failed'::text, 'canceled'::text])))
);

ALTER TABLE ONLY public.stripe_credit_notes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.stripe_credit_notes OWNER TO owner;

COMMENT ON TABLE public.stripe_credit_notes IS 'Which of Stripe''s credit notes mirrors which of ours. The note of a paid invoice has a row from the start: it says what was decided.';

COMMENT ON COLUMN public.stripe_credit_notes.is_refunded IS 'Whether Stripe gives back what was paid, the way it came; otherwise somebody does it outside Stripe.';

COMMENT ON COLUMN public.stripe_credit_notes.refund_status IS 'As Stripe has it, last we looked.';

CREATE TABLE public.stripe_events (
    tenant_id uuid NOT NULL,
    stripe_event_id text NOT NULL,
    event_type text NOT NULL,
    invoice_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.stripe_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.stripe_events OWNER TO owner;

COMMENT ON TABLE public.stripe_events IS 'The inbox of webhooks: each event of Stripe''s counts once.';

CREATE TABLE public.stripe_invoices (
    tenant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    stripe_invoice_id text NOT NULL,
    status text DEFAULT 'draft'::text NOT NULL,
    failed_attempts integer DEFAULT 0 NOT NULL,
    hosted_url text,
    paid_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT stripe_invoices_attempts_not_negative CHECK ((failed_attempts >= 0)),
    CONSTRAINT stripe_invoices_paid_at_some_time CHECK (((status <> 'paid'::text) OR (paid_at IS NOT NULL))),
    CONSTRAINT stripe_invoices_status_known CHECK ((status = ANY (ARRAY['draft'::text, 'open'::text, 'uncollectible'::text, 'void'::text, 'paid'::text])))
);

ALTER TABLE ONLY public.stripe_invoices FORCE ROW LEVEL SECURITY;

ALTER TABLE public.stripe_invoices OWNER TO owner;

COMMENT ON TABLE public.stripe_invoices IS 'Which of Stripe''s invoices collects which of ours.';

COMMENT ON COLUMN public.stripe_invoices.status IS 'As Stripe has it, last we looked; never goes back.';

COMMENT ON COLUMN public.stripe_invoices.failed_attempts IS 'Failed attempts that were announced.';

CREATE TABLE public.subscriptions (
    tenant_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    tier_id text NOT NULL,
    billing_cycle text NOT NULL,
    seat_count integer NOT NULL,
    add_ons text[] DEFAULT '{}'::text[] NOT NULL,
    unit_price_minor bigint NOT NULL,
    total_price_minor bigint NOT NULL,
    currency text NOT NULL,
    status text NOT NULL,
    current_period_start timestamp with time zone NOT NULL,
    current_period_end timestamp with time zone NOT NULL,
    trial_start timestamp with time zone,
    trial_end timestamp with time zone,
    cancel_at_period_end boolean DEFAULT false NOT NULL,
    canceled_at timestamp with time zone,
    cancellation_reason text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT subscriptions_billing_cycle_known CHECK ((billing_cycle = ANY (ARRAY['monthly'::text, 'annual'::text]))),
    CONSTRAINT subscriptions_cancellation_dated CHECK (((status <> 'canceled'::text) OR (canceled_at IS NOT NULL))),
    CONSTRAINT subscriptions_currency_code CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT subscriptions_period_forward CHECK ((current_period_end > current_period_start)),
    CONSTRAINT subscriptions_prices_not_negative CHECK (((unit_price_minor >= 0) AND (total_price_minor >= 0))),
    CONSTRAINT subscriptions_seat_count_positive CHECK ((seat_count > 0)),
    CONSTRAINT subscriptions_status_known CHECK ((status = ANY (ARRAY['trialing'::text, 'active'::text, 'past_due'::text, 'canceled'::text, 'unpaid'::text, 'paused'::text]))),
    CONSTRAINT subscriptions_trial_forward CHECK ((trial_end > trial_start)),
    CONSTRAINT subscriptions_trial_whole CHECK (((trial_start IS NULL) = (trial_end IS NULL)))
);

ALTER TABLE ONLY public.subscriptions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.subscriptions OWNER TO owner;

CREATE TABLE public.usage_closings (
    tenant_id uuid NOT NULL,
    closed_until date DEFAULT '0001-01-01'::date NOT NULL
);

ALTER TABLE ONLY public.usage_closings FORCE ROW LEVEL SECURITY;

ALTER TABLE public.usage_closings OWNER TO owner;

COMMENT ON TABLE public.usage_closings IS 'Up to which day a tenant''s usage is invoiced. Whoever writes usage holds the row FOR SHARE, whoever closes a period or corrects usage holds it alone.';

CREATE TABLE public.usage_event_keys (
    tenant_id uuid NOT NULL,
    request_id text NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    CONSTRAINT usage_event_keys_request_id_length CHECK (((length(request_id) >= 1) AND (length(request_id) <= 128)))
);

ALTER TABLE ONLY public.usage_event_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.usage_event_keys OWNER TO owner;

COMMENT ON TABLE public.usage_event_keys IS 'Which events are known. Not partitioned: a repetition that gives another time must be found too.';

CREATE TABLE public.usage_events (
    tenant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL,
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
    CONSTRAINT usage_events_counts_not_negative CHECK (((input_tokens >= 0) AND (output_tokens >= 0) AND (latency_ms >= 0) AND (provider_cost >= (0)::numeric))),
    CONSTRAINT usage_events_request_type_known CHECK ((request_type = ANY (ARRAY['chat'::text, 'embedding'::text, 'image'::text, 'audio'::text, 'video'::text])))
)
PARTITION BY RANGE (occurred_at);

ALTER TABLE ONLY public.usage_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.usage_events OWNER TO owner;

COMMENT ON COLUMN public.usage_events.billed_on IS 'The UTC day that the event is billed on: its own, or the first that was open when it came.';

COMMENT ON COLUMN public.usage_events.corrects IS 'The request that the event corrects.';

COMMENT ON COLUMN public.usage_events.corrected_by IS 'The event that counts instead.';

CREATE TABLE public.usage_rollups (
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
    CONSTRAINT usage_rollups_billed_no_earlier CHECK ((billed_on >= day))
);

ALTER TABLE ONLY public.usage_rollups FORCE ROW LEVEL SECURITY;

ALTER TABLE public.usage_rollups OWNER TO owner;

COMMENT ON TABLE public.usage_rollups IS 'Usage summed by day. What a correction takes back after its period was closed is negative.';

ALTER TABLE ONLY app.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.administrator_notifications
    ADD CONSTRAINT administrator_notifications_event_key UNIQUE (tenant_id, event_id, administrator_id);

ALTER TABLE ONLY public.administrator_notifications
    ADD CONSTRAINT administrator_notifications_pkey PRIMARY KEY (tenant_id, notification_id);

ALTER TABLE ONLY public.administrator_profiles
    ADD CONSTRAINT administrator_profiles_pkey PRIMARY KEY (tenant_id, administrator_id);

ALTER TABLE ONLY public.administrators
    ADD CONSTRAINT administrators_pkey PRIMARY KEY (tenant_id, administrator_id);

ALTER TABLE ONLY public.administrators
    ADD CONSTRAINT administrators_sub_key UNIQUE (tenant_id, cognito_sub);

ALTER TABLE ONLY public.approval_requests
    ADD CONSTRAINT approval_requests_pkey PRIMARY KEY (tenant_id, approval_id);

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_event_key UNIQUE (tenant_id, event_id);

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, entry_id);

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_sequence_key UNIQUE (tenant_id, sequence);

ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.billing_run_items
    ADD CONSTRAINT billing_run_items_pkey PRIMARY KEY (tenant_id, run_id);

ALTER TABLE ONLY public.billing_runs
    ADD CONSTRAINT billing_runs_pkey PRIMARY KEY (tenant_id, run_id);

ALTER TABLE ONLY public.billing_settings
    ADD CONSTRAINT billing_settings_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.budget_alerts
    ADD CONSTRAINT budget_alerts_pkey PRIMARY KEY (tenant_id, period_start, threshold);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (tenant_id, delivery_key);

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_approval_key UNIQUE (tenant_id, approval_id);

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_in_a_row UNIQUE NULLS NOT DISTINCT (tenant_id, environment, replaces);

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_pkey PRIMARY KEY (tenant_id, deployment_id);

ALTER TABLE ONLY public.event_failures
    ADD CONSTRAINT event_failures_pkey PRIMARY KEY (tenant_id, consumer, event_id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant_id, route, key);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_pkey PRIMARY KEY (tenant_id, invitation_id);

ALTER TABLE ONLY public.invoice_counters
    ADD CONSTRAINT invoice_counters_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.invoice_lines
    ADD CONSTRAINT invoice_lines_pkey PRIMARY KEY (tenant_id, invoice_id, line_number);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_number_key UNIQUE (tenant_id, number);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_pkey PRIMARY KEY (tenant_id, invoice_id);

ALTER TABLE ONLY public.machine_clients
    ADD CONSTRAINT machine_clients_client_key UNIQUE (tenant_id, client_id);

ALTER TABLE ONLY public.machine_clients
    ADD CONSTRAINT machine_clients_pkey PRIMARY KEY (tenant_id, machine_client_id);

ALTER TABLE ONLY public.model_prices
    ADD CONSTRAINT model_prices_pkey PRIMARY KEY (tenant_id, model_id, currency, valid_from);

ALTER TABLE ONLY public.model_providers
    ADD CONSTRAINT model_providers_pkey PRIMARY KEY (tenant_id, provider_id);

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_pkey PRIMARY KEY (tenant_id, model_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (tenant_id, event_id);

ALTER TABLE ONLY public.processed_events
    ADD CONSTRAINT processed_events_pkey PRIMARY KEY (tenant_id, consumer, event_id);

ALTER TABLE ONLY public.reconciliation_rounds
    ADD CONSTRAINT reconciliation_rounds_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.stripe_credit_notes
    ADD CONSTRAINT stripe_credit_notes_mirrors_one UNIQUE (tenant_id, stripe_credit_note_id);

ALTER TABLE ONLY public.stripe_credit_notes
    ADD CONSTRAINT stripe_credit_notes_pkey PRIMARY KEY (tenant_id, credit_note_id);

ALTER TABLE ONLY public.stripe_events
    ADD CONSTRAINT stripe_events_pkey PRIMARY KEY (tenant_id, stripe_event_id);

ALTER TABLE ONLY public.stripe_invoices
    ADD CONSTRAINT stripe_invoices_collects_one UNIQUE (tenant_id, stripe_invoice_id);

ALTER TABLE ONLY public.stripe_invoices
    ADD CONSTRAINT stripe_invoices_pkey PRIMARY KEY (tenant_id, invoice_id);

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_pkey PRIMARY KEY (tenant_id, subscription_id);

ALTER TABLE ONLY public.tenants
    ADD CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.usage_closings
    ADD CONSTRAINT usage_closings_pkey PRIMARY KEY (tenant_id);

ALTER TABLE ONLY public.usage_event_keys
    ADD CONSTRAINT usage_event_keys_pkey PRIMARY KEY (tenant_id, request_id);

ALTER TABLE ONLY public.usage_events
    ADD CONSTRAINT usage_events_pkey PRIMARY KEY (tenant_id, occurred_at, event_id);

ALTER TABLE ONLY public.usage_rollups
    ADD CONSTRAINT usage_rollups_pkey PRIMARY KEY (tenant_id, billed_on, day, model_id, provider_id, user_id, request_type, currency, estimated);

CREATE INDEX administrator_notifications_by_administrator ON public.administrator_notifications USING btree (tenant_id, administrator_id, notification_id);

CREATE INDEX administrator_notifications_by_expiry ON public.administrator_notifications USING btree (expires_at);

CREATE INDEX administrator_notifications_to_mail ON public.administrator_notifications USING btree (mail_due_at) WHERE ((mailed_at IS NULL) AND (read_at IS NULL) AND (dismissed_at IS NULL));

CREATE UNIQUE INDEX administrators_email ON public.administrators USING btree (tenant_id, email);

CREATE INDEX approval_requests_pending ON public.approval_requests USING btree (tenant_id, approval_id) WHERE (status = 'pending'::text);

CREATE INDEX audit_entries_by_action ON public.audit_entries USING btree (tenant_id, action, sequence);

CREATE INDEX audit_entries_by_actor ON public.audit_entries USING btree (tenant_id, actor, sequence);

CREATE INDEX audit_entries_by_resource ON public.audit_entries USING btree (tenant_id, resource_type, resource_id, sequence);

CREATE INDEX audit_entries_by_time ON public.audit_entries USING btree (tenant_id, occurred_at);

CREATE INDEX billing_run_items_by_run ON public.billing_run_items USING btree (run_id, tenant_id);

CREATE INDEX billing_run_items_open ON public.billing_run_items USING btree (run_id, state, tenant_id) WHERE (state = ANY (ARRAY['waiting'::text, 'drafted'::text]));

CREATE UNIQUE INDEX billing_runs_one_open ON public.billing_runs USING btree (tenant_id) WHERE (state <> 'done'::text);

CREATE INDEX deliveries_sent ON public.deliveries USING btree (updated_at) WHERE (state = 'sent'::text);

CREATE INDEX event_failures_by_time ON public.event_failures USING btree (last_failed_at);

CREATE INDEX idempotency_keys_by_expiry ON public.idempotency_keys USING btree (expires_at);

CREATE INDEX invitations_by_expiry ON public.invitations USING btree (expires_at) WHERE (status = 'pending'::text);

CREATE INDEX invitations_by_token ON public.invitations USING btree (token_hash);

CREATE UNIQUE INDEX invitations_one_pending ON public.invitations USING btree (tenant_id, email) WHERE (status = 'pending'::text);

CREATE INDEX invoices_by_id ON public.invoices USING btree (invoice_id);

CREATE INDEX invoices_credits ON public.invoices USING btree (tenant_id, credited_invoice_id) WHERE (credited_invoice_id IS NOT NULL);

CREATE INDEX invoices_drafted ON public.invoices USING btree (tenant_id, period_end) WHERE ((status = 'draft'::text) AND (reason = 'period'::text));

CREATE UNIQUE INDEX invoices_one_per_period_and_reason ON public.invoices USING btree (tenant_id, subscription_id, period_start, reason, currency) NULLS NOT DISTINCT WHERE (reason <> 'credit_note'::text);

CREATE INDEX invoices_to_remind ON public.invoices USING btree (reminder_due_at) WHERE (status = ANY (ARRAY['pending'::text, 'overdue'::text]));

CREATE INDEX machine_clients_by_client ON public.machine_clients USING btree (client_id) WHERE (revoked_at IS NULL);

CREATE INDEX model_prices_unapplied ON public.model_prices USING btree (created_at) WHERE (applied_at IS NULL);

CREATE INDEX outbox_published ON public.outbox USING btree (published_at) WHERE (published_at IS NOT NULL);

CREATE INDEX outbox_unpublished ON public.outbox USING btree (event_id) WHERE (published_at IS NULL);

CREATE INDEX processed_events_by_time ON public.processed_events USING btree (processed_at);

CREATE INDEX stripe_credit_notes_by_invoice ON public.stripe_credit_notes USING btree (tenant_id, invoice_id);

CREATE INDEX stripe_credit_notes_by_refund ON public.stripe_credit_notes USING btree (stripe_refund_id) WHERE (stripe_refund_id IS NOT NULL);

CREATE INDEX stripe_events_received ON public.stripe_events USING btree (received_at);

CREATE INDEX stripe_invoices_by_stripe_id ON public.stripe_invoices USING btree (stripe_invoice_id);

CREATE UNIQUE INDEX subscriptions_one_live ON public.subscriptions USING btree (tenant_id) WHERE (status <> 'canceled'::text);

CREATE INDEX usage_event_keys_occurred_at ON public.usage_event_keys USING brin (occurred_at);

CREATE TRIGGER approval_requests_decided_once BEFORE UPDATE ON public.approval_requests FOR EACH ROW WHEN ((old.status <> 'pending'::text)) EXECUTE FUNCTION app.keep_decision();

CREATE TRIGGER audit_entries_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_entries FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();

CREATE TRIGGER audit_entries_chained BEFORE INSERT ON public.audit_entries FOR EACH ROW EXECUTE FUNCTION app.chain_audit_entry();

ALTER TABLE ONLY public.administrator_notifications
    ADD CONSTRAINT administrator_notifications_administrator_fkey FOREIGN KEY (tenant_id, administrator_id) REFERENCES public.administrators(tenant_id, administrator_id);

ALTER TABLE ONLY public.administrator_profiles
    ADD CONSTRAINT administrator_profiles_administrator_fkey FOREIGN KEY (tenant_id, administrator_id) REFERENCES public.administrators(tenant_id, administrator_id);

ALTER TABLE ONLY public.administrators
    ADD CONSTRAINT administrators_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.approval_requests
    ADD CONSTRAINT approval_requests_decider_fkey FOREIGN KEY (tenant_id, decided_by) REFERENCES public.administrators(tenant_id, administrator_id);

ALTER TABLE ONLY public.approval_requests
    ADD CONSTRAINT approval_requests_requester_fkey FOREIGN KEY (tenant_id, requested_by) REFERENCES public.administrators(tenant_id, administrator_id);

ALTER TABLE ONLY public.approval_requests
    ADD CONSTRAINT approval_requests_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.audit_entries
    ADD CONSTRAINT audit_entries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.billing_run_items
    ADD CONSTRAINT billing_run_items_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.billing_runs
    ADD CONSTRAINT billing_runs_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.billing_settings
    ADD CONSTRAINT billing_settings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.budget_alerts
    ADD CONSTRAINT budget_alerts_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_approval_fkey FOREIGN KEY (tenant_id, approval_id) REFERENCES public.approval_requests(tenant_id, approval_id);

ALTER TABLE ONLY public.deployments
    ADD CONSTRAINT deployments_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.event_failures
    ADD CONSTRAINT event_failures_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.idempotency_keys
    ADD CONSTRAINT idempotency_keys_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_administrator_fkey FOREIGN KEY (tenant_id, administrator_id) REFERENCES public.administrators(tenant_id, administrator_id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_inviter_fkey FOREIGN KEY (tenant_id, invited_by) REFERENCES public.administrators(tenant_id, administrator_id);

ALTER TABLE ONLY public.invitations
    ADD CONSTRAINT invitations_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.invoice_counters
    ADD CONSTRAINT invoice_counters_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.invoice_lines
    ADD CONSTRAINT invoice_lines_invoice_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES public.invoices(tenant_id, invoice_id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_credited_fkey FOREIGN KEY (tenant_id, credited_invoice_id) REFERENCES public.invoices(tenant_id, invoice_id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_subscription_fkey FOREIGN KEY (tenant_id, subscription_id) REFERENCES public.subscriptions(tenant_id, subscription_id);

ALTER TABLE ONLY public.invoices
    ADD CONSTRAINT invoices_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.machine_clients
    ADD CONSTRAINT machine_clients_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.model_prices
    ADD CONSTRAINT model_prices_model_fkey FOREIGN KEY (tenant_id, model_id) REFERENCES public.models(tenant_id, model_id);

ALTER TABLE ONLY public.model_providers
    ADD CONSTRAINT model_providers_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_provider_fkey FOREIGN KEY (tenant_id, provider_id) REFERENCES public.model_providers(tenant_id, provider_id);

ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.processed_events
    ADD CONSTRAINT processed_events_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.reconciliation_rounds
    ADD CONSTRAINT reconciliation_rounds_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.stripe_credit_notes
    ADD CONSTRAINT stripe_credit_notes_invoice_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES public.stripe_invoices(tenant_id, invoice_id);

ALTER TABLE ONLY public.stripe_credit_notes
    ADD CONSTRAINT stripe_credit_notes_note_fkey FOREIGN KEY (tenant_id, credit_note_id) REFERENCES public.invoices(tenant_id, invoice_id);

ALTER TABLE ONLY public.stripe_events
    ADD CONSTRAINT stripe_events_invoice_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES public.stripe_invoices(tenant_id, invoice_id);

ALTER TABLE ONLY public.stripe_invoices
    ADD CONSTRAINT stripe_invoices_invoice_fkey FOREIGN KEY (tenant_id, invoice_id) REFERENCES public.invoices(tenant_id, invoice_id);

ALTER TABLE ONLY public.subscriptions
    ADD CONSTRAINT subscriptions_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE ONLY public.usage_closings
    ADD CONSTRAINT usage_closings_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(tenant_id);

ALTER TABLE public.administrator_notifications ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.administrator_profiles ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.administrators ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.approval_requests ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_entries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.billing_run_items ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.billing_runs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.billing_settings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.budget_alerts ENABLE ROW LEVEL SECURITY;

CREATE POLICY chaining ON public.audit_entries FOR SELECT TO owner USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY chaining ON public.audit_heads TO owner USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

ALTER TABLE public.deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.deployments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.event_failures ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.idempotency_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invitations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_counters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoice_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.invoices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.machine_clients ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_prices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.model_providers ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.models ENABLE ROW LEVEL SECURITY;

CREATE POLICY operator_inserting ON public.deployments AS RESTRICTIVE FOR INSERT TO app WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_inserting ON public.model_prices AS RESTRICTIVE FOR INSERT TO app WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_inserting ON public.model_providers AS RESTRICTIVE FOR INSERT TO app WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_inserting ON public.models AS RESTRICTIVE FOR INSERT TO app WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_inserting ON public.reconciliation_rounds AS RESTRICTIVE FOR INSERT TO app WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_seeding ON public.administrators TO owner USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY operator_seeding ON public.tenants TO owner USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY operator_updating ON public.deployments AS RESTRICTIVE FOR UPDATE TO app USING (app.is_operator(tenant_id)) WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_updating ON public.model_prices AS RESTRICTIVE FOR UPDATE TO app USING (app.is_operator(tenant_id)) WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_updating ON public.model_providers AS RESTRICTIVE FOR UPDATE TO app USING (app.is_operator(tenant_id)) WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_updating ON public.models AS RESTRICTIVE FOR UPDATE TO app USING (app.is_operator(tenant_id)) WITH CHECK (app.is_operator(tenant_id));

CREATE POLICY operator_updating ON public.reconciliation_rounds AS RESTRICTIVE FOR UPDATE TO app USING (app.is_operator(tenant_id)) WITH CHECK (app.is_operator(tenant_id));

ALTER TABLE public.outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.processed_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reconciliation_rounds ENABLE ROW LEVEL SECURITY;

CREATE POLICY registry_reading ON public.model_prices FOR SELECT TO app, reader USING (true);

CREATE POLICY registry_reading ON public.models FOR SELECT TO app, reader USING (true);

CREATE POLICY service_access ON public.administrator_notifications TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.administrators TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.billing_run_items TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.billing_runs TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.billing_settings TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.deliveries TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.event_failures TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.idempotency_keys TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.invitations TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.invoice_counters TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.invoice_lines TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.invoices TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.outbox TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.processed_events TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.stripe_credit_notes TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.stripe_events TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.stripe_invoices TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.tenants TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.usage_closings TO service USING (true) WITH CHECK (true);

CREATE POLICY service_access ON public.usage_event_keys TO service USING (true) WITH CHECK (true);

CREATE POLICY service_credits ON public.invoices AS RESTRICTIVE FOR INSERT TO service WITH CHECK ((reason = 'credit_note'::text));

ALTER TABLE public.stripe_credit_notes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stripe_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.stripe_invoices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.subscriptions ENABLE ROW LEVEL SECURITY;

CREATE POLICY tenant_isolation ON public.administrator_notifications TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.administrator_profiles TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.administrators TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.approval_requests TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.audit_entries TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.audit_heads TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.billing_run_items TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.billing_runs TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.billing_settings TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.budget_alerts TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.deliveries TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.deployments TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.event_failures TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.idempotency_keys TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.invitations TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.invoice_counters TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.invoice_lines TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.invoices TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.machine_clients TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.model_prices TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.model_providers TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.models TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.outbox TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.processed_events TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.reconciliation_rounds TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.stripe_credit_notes TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.stripe_events TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.stripe_invoices TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.subscriptions TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.tenants TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.usage_closings TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.usage_event_keys TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.usage_events TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_isolation ON public.usage_rollups TO app USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)) WITH CHECK ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.administrator_notifications FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.administrator_profiles FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.administrators FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.approval_requests FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.audit_entries FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.audit_heads FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.billing_run_items FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.billing_runs FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.billing_settings FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.budget_alerts FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.deliveries FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.deployments FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.event_failures FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.idempotency_keys FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.invitations FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.invoice_counters FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.invoice_lines FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.invoices FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.machine_clients FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.model_prices FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.model_providers FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.models FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.outbox FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.processed_events FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.reconciliation_rounds FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.stripe_credit_notes FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.stripe_events FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.stripe_invoices FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.subscriptions FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.tenants FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.usage_closings FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.usage_event_keys FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.usage_events FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

CREATE POLICY tenant_reading ON public.usage_rollups FOR SELECT TO reader USING ((tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid));

ALTER TABLE public.tenants ENABLE ROW LEVEL SECURITY;

CREATE POLICY token_lookup ON public.machine_clients FOR SELECT TO owner USING ((revoked_at IS NULL));

ALTER TABLE public.usage_closings ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_event_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.usage_rollups ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA app TO app;
GRANT USAGE ON SCHEMA app TO service;
GRANT USAGE ON SCHEMA app TO reader;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO owner;
GRANT USAGE ON SCHEMA public TO migrator;
GRANT USAGE ON SCHEMA public TO app;
GRANT USAGE ON SCHEMA public TO service;
GRANT USAGE ON SCHEMA public TO reader;

GRANT SELECT,INSERT ON TABLE public.audit_entries TO app;
GRANT SELECT ON TABLE public.audit_entries TO reader;

REVOKE ALL ON FUNCTION app.audit_hash(entry public.audit_entries) FROM PUBLIC;
GRANT ALL ON FUNCTION app.audit_hash(entry public.audit_entries) TO app;
GRANT ALL ON FUNCTION app.audit_hash(entry public.audit_entries) TO reader;

REVOKE ALL ON FUNCTION app.chain_audit_entry() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.drop_usage_months(before date) FROM PUBLIC;
GRANT ALL ON FUNCTION app.drop_usage_months(before date) TO service;

REVOKE ALL ON FUNCTION app.enter_tenant(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.enter_tenant(tenant uuid) TO app;
GRANT ALL ON FUNCTION app.enter_tenant(tenant uuid) TO reader;

GRANT SELECT ON TABLE public.tenants TO app;
GRANT SELECT ON TABLE public.tenants TO reader;
GRANT SELECT ON TABLE public.tenants TO service;

GRANT INSERT(tenant_id) ON TABLE public.tenants TO service;

GRANT UPDATE(name) ON TABLE public.tenants TO app;
GRANT INSERT(name),UPDATE(name) ON TABLE public.tenants TO service;

GRANT UPDATE(email) ON TABLE public.tenants TO app;
GRANT INSERT(email),UPDATE(email) ON TABLE public.tenants TO service;

GRANT INSERT(status),UPDATE(status) ON TABLE public.tenants TO service;

GRANT UPDATE(settings) ON TABLE public.tenants TO app;
GRANT INSERT(settings),UPDATE(settings) ON TABLE public.tenants TO service;

GRANT INSERT(created_at) ON TABLE public.tenants TO service;

GRANT UPDATE(updated_at) ON TABLE public.tenants TO app;
GRANT INSERT(updated_at),UPDATE(updated_at) ON TABLE public.tenants TO service;

REVOKE ALL ON FUNCTION app.is_operator(tenant uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION app.is_operator(tenant uuid) TO app;

REVOKE ALL ON PROCEDURE app.isolate_by_tenant(IN target regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.keep_decision() FROM PUBLIC;

REVOKE ALL ON FUNCTION app.make_usage_months(first_day date, last_day date) FROM PUBLIC;
GRANT ALL ON FUNCTION app.make_usage_months(first_day date, last_day date) TO service;

REVOKE ALL ON PROCEDURE app.open_to_service(IN target regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.refuse_change() FROM PUBLIC;

REVOKE ALL ON PROCEDURE app.reserve_for_operator(IN target regclass) FROM PUBLIC;

REVOKE ALL ON FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) TO app;
GRANT ALL ON FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) TO service;
GRANT ALL ON FUNCTION app.status_at(status text, expires_at timestamp with time zone, moment timestamp with time zone) TO reader;

REVOKE ALL ON FUNCTION app.tenant_of_client(presented text) FROM PUBLIC;
GRANT ALL ON FUNCTION app.tenant_of_client(presented text) TO app;

GRANT SELECT ON TABLE app.migrations TO app;
GRANT SELECT ON TABLE app.migrations TO service;
GRANT SELECT ON TABLE app.migrations TO reader;

GRANT SELECT,INSERT ON TABLE public.administrator_notifications TO app;
GRANT SELECT ON TABLE public.administrator_notifications TO reader;
GRANT SELECT,DELETE,UPDATE ON TABLE public.administrator_notifications TO service;

GRANT UPDATE(read_at) ON TABLE public.administrator_notifications TO app;

GRANT UPDATE(dismissed_at) ON TABLE public.administrator_notifications TO app;

GRANT UPDATE(mail_due_at) ON TABLE public.administrator_notifications TO app;

GRANT UPDATE(mail_id) ON TABLE public.administrator_notifications TO app;

GRANT UPDATE(mailed_at) ON TABLE public.administrator_notifications TO app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.administrator_profiles TO app;
GRANT SELECT ON TABLE public.administrator_profiles TO reader;

GRANT SELECT,INSERT ON TABLE public.administrators TO app;
GRANT SELECT ON TABLE public.administrators TO reader;
GRANT SELECT ON TABLE public.administrators TO service;

GRANT UPDATE(cognito_sub) ON TABLE public.administrators TO app;

GRANT UPDATE(email) ON TABLE public.administrators TO app;

GRANT UPDATE(first_name) ON TABLE public.administrators TO app;

GRANT UPDATE(last_name) ON TABLE public.administrators TO app;

GRANT UPDATE(role) ON TABLE public.administrators TO app;

GRANT UPDATE(status) ON TABLE public.administrators TO app;

GRANT UPDATE(updated_at) ON TABLE public.administrators TO app;

GRANT SELECT ON TABLE public.approval_requests TO app;
GRANT SELECT ON TABLE public.approval_requests TO reader;

GRANT INSERT(tenant_id) ON TABLE public.approval_requests TO app;

GRANT INSERT(approval_id) ON TABLE public.approval_requests TO app;

GRANT INSERT(type) ON TABLE public.approval_requests TO app;

GRANT INSERT(action) ON TABLE public.approval_requests TO app;

GRANT INSERT(resource_type) ON TABLE public.approval_requests TO app;

GRANT INSERT(resource_id) ON TABLE public.approval_requests TO app;

GRANT INSERT(details) ON TABLE public.approval_requests TO app;

GRANT INSERT(before) ON TABLE public.approval_requests TO app;

GRANT INSERT(priority) ON TABLE public.approval_requests TO app;

GRANT INSERT(notes) ON TABLE public.approval_requests TO app;

GRANT INSERT(requires_two_people) ON TABLE public.approval_requests TO app;

GRANT INSERT(content_hash) ON TABLE public.approval_requests TO app;

GRANT INSERT(requested_by) ON TABLE public.approval_requests TO app;

GRANT INSERT(requested_at) ON TABLE public.approval_requests TO app;

GRANT INSERT(expires_at) ON TABLE public.approval_requests TO app;

GRANT UPDATE(status) ON TABLE public.approval_requests TO app;

GRANT UPDATE(decided_by) ON TABLE public.approval_requests TO app;

GRANT UPDATE(decided_at) ON TABLE public.approval_requests TO app;

GRANT UPDATE(reason) ON TABLE public.approval_requests TO app;

GRANT SELECT ON TABLE public.audit_heads TO app;
GRANT SELECT ON TABLE public.audit_heads TO reader;

GRANT SELECT,UPDATE ON TABLE public.billing_run_items TO app;
GRANT SELECT ON TABLE public.billing_run_items TO reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.billing_run_items TO service;

GRANT SELECT ON TABLE public.billing_runs TO app;
GRANT SELECT ON TABLE public.billing_runs TO reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.billing_runs TO service;

GRANT SELECT,INSERT,UPDATE ON TABLE public.billing_settings TO app;
GRANT SELECT ON TABLE public.billing_settings TO reader;
GRANT SELECT,INSERT,UPDATE ON TABLE public.billing_settings TO service;

GRANT SELECT,INSERT ON TABLE public.budget_alerts TO app;
GRANT SELECT ON TABLE public.budget_alerts TO reader;

GRANT SELECT,INSERT,UPDATE ON TABLE public.deliveries TO app;
GRANT SELECT ON TABLE public.deliveries TO reader;
GRANT SELECT,DELETE,UPDATE ON TABLE public.deliveries TO service;

GRANT SELECT,INSERT ON TABLE public.deployments TO app;
GRANT SELECT ON TABLE public.deployments TO reader;

GRANT UPDATE(promoted_to) ON TABLE public.deployments TO app;

GRANT UPDATE(promoted_at) ON TABLE public.deployments TO app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.event_failures TO app;
GRANT SELECT ON TABLE public.event_failures TO reader;
GRANT SELECT,DELETE,UPDATE ON TABLE public.event_failures TO service;

GRANT SELECT,INSERT,UPDATE ON TABLE public.idempotency_keys TO app;
GRANT SELECT ON TABLE public.idempotency_keys TO reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.idempotency_keys TO service;

GRANT SELECT,INSERT,UPDATE ON TABLE public.invitations TO app;
GRANT SELECT ON TABLE public.invitations TO reader;
GRANT SELECT,INSERT,UPDATE ON TABLE public.invitations TO service;

GRANT SELECT,INSERT,UPDATE ON TABLE public.invoice_counters TO app;
GRANT SELECT ON TABLE public.invoice_counters TO reader;
GRANT SELECT,INSERT ON TABLE public.invoice_counters TO service;

GRANT UPDATE(last_number) ON TABLE public.invoice_counters TO service;

GRANT SELECT,INSERT ON TABLE public.invoice_lines TO app;
GRANT SELECT ON TABLE public.invoice_lines TO reader;
GRANT SELECT,INSERT ON TABLE public.invoice_lines TO service;

GRANT SELECT,INSERT ON TABLE public.invoices TO app;
GRANT SELECT ON TABLE public.invoices TO reader;
GRANT SELECT ON TABLE public.invoices TO service;

GRANT INSERT(tenant_id) ON TABLE public.invoices TO service;

GRANT INSERT(invoice_id) ON TABLE public.invoices TO service;

GRANT UPDATE(number) ON TABLE public.invoices TO app;
GRANT UPDATE(number) ON TABLE public.invoices TO service;

GRANT INSERT(subscription_id) ON TABLE public.invoices TO service;

GRANT INSERT(reason) ON TABLE public.invoices TO service;

GRANT INSERT(period_start) ON TABLE public.invoices TO service;

GRANT INSERT(period_end) ON TABLE public.invoices TO service;

GRANT UPDATE(status) ON TABLE public.invoices TO app;
GRANT INSERT(status),UPDATE(status) ON TABLE public.invoices TO service;

GRANT INSERT(currency) ON TABLE public.invoices TO service;

GRANT INSERT(subtotal_minor) ON TABLE public.invoices TO service;

GRANT INSERT(tax_minor) ON TABLE public.invoices TO service;

GRANT INSERT(total_minor) ON TABLE public.invoices TO service;

GRANT UPDATE(issued_at) ON TABLE public.invoices TO app;
GRANT UPDATE(issued_at) ON TABLE public.invoices TO service;

GRANT UPDATE(due_at) ON TABLE public.invoices TO app;
GRANT UPDATE(due_at) ON TABLE public.invoices TO service;

GRANT INSERT(created_at) ON TABLE public.invoices TO service;

GRANT UPDATE(updated_at) ON TABLE public.invoices TO app;
GRANT INSERT(updated_at),UPDATE(updated_at) ON TABLE public.invoices TO service;

GRANT INSERT(usage_minor) ON TABLE public.invoices TO service;

GRANT INSERT(margin) ON TABLE public.invoices TO service;

GRANT INSERT(tax_percent) ON TABLE public.invoices TO service;

GRANT UPDATE(parties) ON TABLE public.invoices TO app;
GRANT UPDATE(parties) ON TABLE public.invoices TO service;

GRANT INSERT(credited_invoice_id) ON TABLE public.invoices TO service;

GRANT UPDATE(note) ON TABLE public.invoices TO app;
GRANT INSERT(note),UPDATE(note) ON TABLE public.invoices TO service;

GRANT UPDATE(paid_at) ON TABLE public.invoices TO app;
GRANT UPDATE(paid_at) ON TABLE public.invoices TO service;

GRANT UPDATE(payment_reference) ON TABLE public.invoices TO app;
GRANT UPDATE(payment_reference) ON TABLE public.invoices TO service;

GRANT UPDATE(cancelled_at) ON TABLE public.invoices TO app;
GRANT UPDATE(cancelled_at) ON TABLE public.invoices TO service;

GRANT UPDATE(reminders_sent) ON TABLE public.invoices TO app;

GRANT UPDATE(reminder_due_at) ON TABLE public.invoices TO app;
GRANT UPDATE(reminder_due_at) ON TABLE public.invoices TO service;

GRANT SELECT,INSERT ON TABLE public.machine_clients TO app;
GRANT SELECT ON TABLE public.machine_clients TO reader;

GRANT UPDATE(revoked_at) ON TABLE public.machine_clients TO app;

GRANT SELECT,INSERT ON TABLE public.model_prices TO app;
GRANT SELECT ON TABLE public.model_prices TO reader;

GRANT UPDATE(applied_at) ON TABLE public.model_prices TO app;

GRANT SELECT,INSERT ON TABLE public.model_providers TO app;
GRANT SELECT ON TABLE public.model_providers TO reader;

GRANT UPDATE(config) ON TABLE public.model_providers TO app;

GRANT UPDATE(updated_at) ON TABLE public.model_providers TO app;

GRANT SELECT,INSERT ON TABLE public.models TO app;
GRANT SELECT ON TABLE public.models TO reader;

GRANT UPDATE(provider_id) ON TABLE public.models TO app;

GRANT UPDATE(status) ON TABLE public.models TO app;

GRANT UPDATE(thermal_state) ON TABLE public.models TO app;

GRANT UPDATE(updated_at) ON TABLE public.models TO app;

GRANT UPDATE(display_name) ON TABLE public.models TO app;

GRANT SELECT,INSERT ON TABLE public.outbox TO app;
GRANT SELECT ON TABLE public.outbox TO reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.outbox TO service;

GRANT SELECT,INSERT ON TABLE public.processed_events TO app;
GRANT SELECT ON TABLE public.processed_events TO reader;
GRANT SELECT,DELETE,UPDATE ON TABLE public.processed_events TO service;

GRANT SELECT,INSERT ON TABLE public.reconciliation_rounds TO app;
GRANT SELECT ON TABLE public.reconciliation_rounds TO reader;

GRANT UPDATE(compared_until) ON TABLE public.reconciliation_rounds TO app;

GRANT UPDATE(updated_at) ON TABLE public.reconciliation_rounds TO app;

GRANT SELECT,INSERT ON TABLE public.stripe_credit_notes TO app;
GRANT SELECT ON TABLE public.stripe_credit_notes TO reader;
GRANT SELECT,INSERT ON TABLE public.stripe_credit_notes TO service;

GRANT UPDATE(stripe_credit_note_id) ON TABLE public.stripe_credit_notes TO app;

GRANT UPDATE(stripe_refund_id) ON TABLE public.stripe_credit_notes TO app;

GRANT UPDATE(refund_status) ON TABLE public.stripe_credit_notes TO app;

GRANT UPDATE(updated_at) ON TABLE public.stripe_credit_notes TO app;

GRANT SELECT ON TABLE public.stripe_events TO app;
GRANT SELECT ON TABLE public.stripe_events TO reader;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.stripe_events TO service;

GRANT SELECT,INSERT ON TABLE public.stripe_invoices TO app;
GRANT SELECT ON TABLE public.stripe_invoices TO reader;
GRANT SELECT ON TABLE public.stripe_invoices TO service;

GRANT UPDATE(status) ON TABLE public.stripe_invoices TO app;

GRANT UPDATE(failed_attempts) ON TABLE public.stripe_invoices TO app;

GRANT UPDATE(hosted_url) ON TABLE public.stripe_invoices TO app;

GRANT UPDATE(paid_at) ON TABLE public.stripe_invoices TO app;

GRANT UPDATE(updated_at) ON TABLE public.stripe_invoices TO app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.subscriptions TO app;
GRANT SELECT ON TABLE public.subscriptions TO reader;

GRANT SELECT,INSERT ON TABLE public.usage_closings TO app;
GRANT SELECT ON TABLE public.usage_closings TO reader;
GRANT SELECT ON TABLE public.usage_closings TO service;

GRANT UPDATE(closed_until) ON TABLE public.usage_closings TO app;

GRANT SELECT,INSERT ON TABLE public.usage_event_keys TO app;
GRANT SELECT ON TABLE public.usage_event_keys TO reader;
GRANT SELECT,DELETE ON TABLE public.usage_event_keys TO service;

GRANT UPDATE(occurred_at) ON TABLE public.usage_event_keys TO service;

GRANT SELECT,INSERT ON TABLE public.usage_events TO app;
GRANT SELECT ON TABLE public.usage_events TO reader;

GRANT UPDATE(provider_cost) ON TABLE public.usage_events TO app;

GRANT UPDATE(estimated) ON TABLE public.usage_events TO app;

GRANT UPDATE(corrected_by) ON TABLE public.usage_events TO app;

GRANT SELECT,INSERT,UPDATE ON TABLE public.usage_rollups TO app;
GRANT SELECT ON TABLE public.usage_rollups TO reader;

ALTER DEFAULT PRIVILEGES FOR ROLE owner REVOKE ALL ON FUNCTIONS FROM PUBLIC;
