-- One way into a tenant's context, and one way to put a table under it.
--
-- The context is a setting local to the transaction. It is '' and not NULL in every transaction
-- after the first that set it on a connection, hence the nullif in every policy.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT USAGE ON SCHEMA app TO app, service, reader;
GRANT SELECT ON app.migrations TO app, service, reader;

CREATE FUNCTION app.enter_tenant(tenant uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog
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

COMMENT ON FUNCTION app.enter_tenant IS 'Puts the rest of the transaction in a tenant''s context.';

GRANT EXECUTE ON FUNCTION app.enter_tenant TO app, reader;

CREATE PROCEDURE app.isolate_by_tenant(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog
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

COMMENT ON PROCEDURE app.isolate_by_tenant IS
    'Lets app and reader see one tenant''s rows alone; grants no writing.';

CREATE PROCEDURE app.open_to_service(target regclass)
LANGUAGE plpgsql SET search_path = pg_catalog
AS $$
BEGIN
    EXECUTE format(
        'CREATE POLICY service_access ON %s FOR ALL TO service USING (true) WITH CHECK (true)', target
    );
    EXECUTE format('GRANT SELECT ON %s TO service', target);
END
$$;

COMMENT ON PROCEDURE app.open_to_service IS
    'Lets the service see every tenant''s rows of a table; grants no writing.';
