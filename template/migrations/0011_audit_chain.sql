-- Each tenant's audit trail becomes a chain: an entry's hash covers its content and the hash before.
-- The database does the chaining, so that nobody who may only insert can choose a place or a hash.

ALTER TABLE audit_entries
    ADD COLUMN address text,
    ADD COLUMN agent text,
    ADD COLUMN before jsonb,
    ADD COLUMN after jsonb,
    ADD COLUMN sequence bigint,
    ADD COLUMN previous_hash text,
    ADD COLUMN hash text;

CREATE TABLE audit_heads (
    tenant_id uuid NOT NULL,
    sequence bigint NOT NULL,
    hash text NOT NULL,
    CONSTRAINT audit_heads_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT audit_heads_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

COMMENT ON TABLE audit_heads IS 'The last link of each chain: without it, entries missing at the end would not show.';

CALL app.isolate_by_tenant('audit_heads');

-- The trigger below acts as the owner, in the tenant's context.
CREATE POLICY chaining ON audit_heads FOR ALL TO owner
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
CREATE POLICY chaining ON audit_entries FOR SELECT TO owner
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

-- Text of jsonb is canonical, and seconds since the epoch know no time zone.
CREATE FUNCTION app.audit_hash(entry audit_entries) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog
RETURN encode(sha256(convert_to(jsonb_build_array(
    entry.previous_hash, entry.sequence, entry.tenant_id, entry.entry_id, entry.event_id,
    extract(epoch FROM entry.occurred_at), entry.actor, entry.action, entry.resource_type,
    entry.resource_id, entry.address, entry.agent, entry.before, entry.after, entry.detail,
    extract(epoch FROM entry.created_at)
)::text, 'UTF8')), 'hex');

COMMENT ON FUNCTION app.audit_hash IS 'What the hash of an entry has to be.';

GRANT EXECUTE ON FUNCTION app.audit_hash TO app, reader;

CREATE FUNCTION app.chain_audit_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
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

-- What was entered before there was a chain is chained in the order it was entered.
DO $$
DECLARE
    entry public.audit_entries;
    place bigint := 0;
    link text := '';
    tenant uuid;
BEGIN
    ALTER TABLE public.audit_entries NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE public.audit_heads NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE public.audit_entries DISABLE TRIGGER audit_entries_append_only;
    FOR entry IN SELECT * FROM public.audit_entries ORDER BY tenant_id, entry_id LOOP
        IF tenant IS DISTINCT FROM entry.tenant_id THEN
            tenant := entry.tenant_id;
            place := 0;
            link := '';
        END IF;
        place := place + 1;
        entry.sequence := place;
        entry.previous_hash := link;
        link := app.audit_hash(entry);
        UPDATE public.audit_entries
           SET sequence = place, previous_hash = entry.previous_hash, hash = link
         WHERE tenant_id = entry.tenant_id AND entry_id = entry.entry_id;
        INSERT INTO public.audit_heads (tenant_id, sequence, hash) VALUES (tenant, place, link)
        ON CONFLICT (tenant_id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash;
    END LOOP;
    ALTER TABLE public.audit_entries ENABLE TRIGGER audit_entries_append_only;
    ALTER TABLE public.audit_heads FORCE ROW LEVEL SECURITY;
    ALTER TABLE public.audit_entries FORCE ROW LEVEL SECURITY;
END
$$;

CREATE TRIGGER audit_entries_chained
    BEFORE INSERT ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION app.chain_audit_entry();

ALTER TABLE audit_entries
    ALTER COLUMN sequence SET NOT NULL,
    ALTER COLUMN previous_hash SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL,
    ADD CONSTRAINT audit_entries_sequence_key UNIQUE (tenant_id, sequence);

-- What the trail is searched by.
CREATE INDEX audit_entries_by_actor ON audit_entries (tenant_id, actor, sequence);
CREATE INDEX audit_entries_by_action ON audit_entries (tenant_id, action, sequence);
CREATE INDEX audit_entries_by_resource ON audit_entries (tenant_id, resource_type, resource_id, sequence);
