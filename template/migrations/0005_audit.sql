CREATE TABLE audit_entries (
    tenant_id uuid NOT NULL,
    entry_id uuid NOT NULL,
    event_id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    resource_type text NOT NULL,
    resource_id text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (tenant_id, entry_id),
    CONSTRAINT audit_entries_event_key UNIQUE (tenant_id, event_id),
    CONSTRAINT audit_entries_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id)
);

CREATE INDEX audit_entries_by_time ON audit_entries (tenant_id, occurred_at);

CALL app.isolate_by_tenant('audit_entries');
GRANT INSERT ON audit_entries TO app;

-- The grants keep the application from changing what is written; this keeps everybody else from
-- it. By statement, as a trigger by row stays silent where row security hides the rows.
CREATE FUNCTION app.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER audit_entries_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION app.refuse_change();
