-- Who runs a tenant, how they come to, and how they like their console. Cognito signs people in and
-- follows: what an administrator may do is decided by the row here.

CREATE TABLE administrators (
    tenant_id uuid NOT NULL,
    administrator_id uuid NOT NULL,
    cognito_sub text,
    email text,
    first_name text NOT NULL,
    last_name text NOT NULL,
    role text NOT NULL,
    status text NOT NULL DEFAULT 'active',
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT administrators_pkey PRIMARY KEY (tenant_id, administrator_id),
    CONSTRAINT administrators_sub_key UNIQUE (tenant_id, cognito_sub),
    CONSTRAINT administrators_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT administrators_role_known CHECK (role IN ('super_admin', 'admin', 'operator', 'auditor')),
    CONSTRAINT administrators_status_known CHECK (status IN ('active', 'inactive', 'deleted')),
    CONSTRAINT administrators_email_lower CHECK (email = lower(email)),
    CONSTRAINT administrators_email_until_deleted CHECK ((email IS NULL) = (status = 'deleted'))
);

COMMENT ON COLUMN administrators.cognito_sub IS
    'Who signs in as this administrator; the first one is recognised by address at the first sign-in.';
COMMENT ON COLUMN administrators.status IS
    'A deleted administrator leaves a row without address and name, for what refers to it.';

CREATE UNIQUE INDEX administrators_email ON administrators (tenant_id, email);

CALL app.isolate_by_tenant('administrators');
CALL app.open_to_service('administrators');
GRANT INSERT ON administrators TO app;
GRANT UPDATE (cognito_sub, email, first_name, last_name, role, status, updated_at) ON administrators TO app;

-- The migrate function seeds the first administrator as the owner, in the operator's context.
CREATE POLICY operator_seeding ON administrators FOR ALL TO owner
    USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)
    WITH CHECK (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid);

CREATE TABLE administrator_profiles (
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
    updated_at timestamptz NOT NULL,
    CONSTRAINT administrator_profiles_pkey PRIMARY KEY (tenant_id, administrator_id),
    CONSTRAINT administrator_profiles_administrator_fkey FOREIGN KEY (tenant_id, administrator_id)
        REFERENCES administrators (tenant_id, administrator_id),
    CONSTRAINT administrator_profiles_notifications_object CHECK (jsonb_typeof(notifications) = 'object')
);

COMMENT ON TABLE administrator_profiles IS 'Preferences that differ from the defaults; no row means the defaults.';

CALL app.isolate_by_tenant('administrator_profiles');
GRANT INSERT, UPDATE ON administrator_profiles TO app;

-- Nothing has to run for what waits to expire.
CREATE FUNCTION app.status_at(status text, expires_at timestamptz, moment timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
RETURN CASE WHEN status = 'pending' AND expires_at <= moment THEN 'expired' ELSE status END;

COMMENT ON FUNCTION app.status_at IS 'What has become of something that waits for a person.';

GRANT EXECUTE ON FUNCTION app.status_at TO app, service, reader;

CREATE TABLE invitations (
    tenant_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    message text,
    token_hash text,
    status text NOT NULL DEFAULT 'pending',
    expires_at timestamptz NOT NULL,
    invited_by uuid,
    invited_by_name text NOT NULL,
    times_sent integer NOT NULL DEFAULT 1,
    accept_fence bigint NOT NULL DEFAULT 0,
    accept_lease_expires_at timestamptz,
    administrator_id uuid,
    accepted_at timestamptz,
    accepted_from text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT invitations_pkey PRIMARY KEY (tenant_id, invitation_id),
    CONSTRAINT invitations_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id),
    CONSTRAINT invitations_inviter_fkey FOREIGN KEY (tenant_id, invited_by)
        REFERENCES administrators (tenant_id, administrator_id),
    CONSTRAINT invitations_administrator_fkey FOREIGN KEY (tenant_id, administrator_id)
        REFERENCES administrators (tenant_id, administrator_id),
    CONSTRAINT invitations_role_known CHECK (role IN ('super_admin', 'admin', 'operator', 'auditor')),
    CONSTRAINT invitations_status_known CHECK (status IN ('pending', 'accepted', 'expired', 'revoked')),
    CONSTRAINT invitations_email_lower CHECK (email = lower(email)),
    CONSTRAINT invitations_message_length CHECK (length(message) <= 500),
    CONSTRAINT invitations_accepted_by_somebody
        CHECK (status <> 'accepted' OR (administrator_id IS NOT NULL AND accepted_at IS NOT NULL))
);

COMMENT ON COLUMN invitations.token_hash IS
    'SHA-256 of the token, which is made when the mail is written and is stored nowhere.';
COMMENT ON COLUMN invitations.invited_by IS 'Nobody where the operator invited a tenant''s first administrator.';

COMMENT ON COLUMN invitations.accept_lease_expires_at IS
    'Until when whoever holds the last fence may be making the user in Cognito.';

-- One at a time for an address, also when two people invite it at the same moment.
CREATE UNIQUE INDEX invitations_one_pending ON invitations (tenant_id, email) WHERE status = 'pending';
-- Whoever accepts has a token and no tenant.
CREATE INDEX invitations_by_token ON invitations (token_hash);
CREATE INDEX invitations_by_expiry ON invitations (expires_at) WHERE status = 'pending';

CALL app.isolate_by_tenant('invitations');
CALL app.open_to_service('invitations');
GRANT INSERT, UPDATE ON invitations TO app;
-- The operator invites the first administrator of a tenant.
GRANT INSERT, UPDATE ON invitations TO service;
