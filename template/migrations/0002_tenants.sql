CREATE TABLE tenants (
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    settings jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tenants_pkey PRIMARY KEY (tenant_id),
    CONSTRAINT tenants_name_length CHECK (length(name) BETWEEN 1 AND 200),
    CONSTRAINT tenants_email_length CHECK (length(email) BETWEEN 3 AND 254),
    CONSTRAINT tenants_status_known CHECK (status IN ('active', 'suspended', 'closed')),
    CONSTRAINT tenants_settings_object CHECK (jsonb_typeof(settings) = 'object')
);

CALL app.isolate_by_tenant('tenants');
CALL app.open_to_service('tenants');

-- A tenant may rename itself; only the service makes tenants and changes their status.
GRANT UPDATE (name, email, settings, updated_at) ON tenants TO app;
GRANT INSERT, UPDATE ON tenants TO service;

-- The migrate function seeds the operator's tenant as the owner, within that tenant's context.
CREATE POLICY operator_seeding ON tenants FOR ALL TO owner
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);
