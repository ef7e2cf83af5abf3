-- Machines that call the API for a tenant: what each may do, and until when. Cognito keeps their
-- secrets, and asks here, before it signs a token, whose machine a client is.

CREATE TABLE machine_clients (
    tenant_id uuid NOT NULL,
    machine_client_id uuid NOT NULL,
    client_id text NOT NULL,
    name text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT machine_clients_pkey PRIMARY KEY (tenant_id, machine_client_id),
    CONSTRAINT machine_clients_client_key UNIQUE (tenant_id, client_id),
    CONSTRAINT machine_clients_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT machine_clients_client_not_empty CHECK (client_id <> ''),
    CONSTRAINT machine_clients_some_scope CHECK (cardinality(scopes) > 0)
);

COMMENT ON COLUMN machine_clients.client_id IS 'The client_id of OAuth, by which Cognito knows the machine.';

CREATE INDEX machine_clients_by_client ON machine_clients (client_id) WHERE revoked_at IS NULL;

CALL app.isolate_by_tenant('machine_clients');
GRANT INSERT ON machine_clients TO app;
GRANT UPDATE (revoked_at) ON machine_clients TO app;

-- Who signs in is nobody's yet. The function below answers one question over all tenants, and is
-- all that the trigger gets beyond them.
CREATE POLICY token_lookup ON machine_clients FOR SELECT TO owner USING (revoked_at IS NULL);

CREATE FUNCTION app.tenant_of_client(presented text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog
AS $$
    SELECT min(tenant_id::text)::uuid FROM public.machine_clients
     WHERE client_id = presented AND revoked_at IS NULL
    HAVING count(*) = 1
$$;

COMMENT ON FUNCTION app.tenant_of_client IS
    'The tenant whose machine a client is; null if it is unknown, revoked, or claimed by two.';

GRANT EXECUTE ON FUNCTION app.tenant_of_client TO app;
