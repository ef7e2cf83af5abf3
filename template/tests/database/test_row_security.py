"""Every table carries the marks of isolation, and a table without them fails the build."""

from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

OWN = "(tenant_id = (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"

# Each query names what is wrong as rows of (object, fault).
CHECKS: dict[str, str] = {
    "tenant_id": """
        SELECT t.name, 'has no tenant_id uuid NOT NULL' AS fault FROM tenant_tables AS t
         WHERE NOT EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = t.oid AND attname = 'tenant_id'
               AND atttypid = 'uuid'::regtype AND attnotnull)
    """,
    "owner": """
        SELECT t.name, 'is not owned by owner' FROM tenant_tables AS t
         WHERE t.relowner <> 'owner'::regrole
    """,
    "enabled": """
        SELECT t.name, 'has no ENABLE and FORCE ROW LEVEL SECURITY' FROM tenant_tables AS t
         WHERE NOT (t.relrowsecurity AND t.relforcerowsecurity)
    """,
    "policies": """
        SELECT t.name, 'needs exactly one permissive policy for app, but has ' || count(p.oid)
          FROM tenant_tables AS t LEFT JOIN pg_policy AS p
            ON p.polrelid = t.oid AND p.polpermissive
           AND p.polroles && ARRAY[0::oid, 'app'::regrole::oid]
         GROUP BY t.name HAVING count(p.oid) <> 1
    """,
    "predicate": """
        SELECT t.name, 'policy ' || p.polname || ' does not hold rows to the context'
          FROM tenant_tables AS t JOIN pg_policy AS p ON p.polrelid = t.oid
         WHERE p.polroles && ARRAY[0::oid, 'app'::regrole::oid, 'reader'::regrole::oid]
           AND p.polpermissive -- a restrictive one can only take away
           AND (pg_get_expr(p.polqual, t.oid) IS DISTINCT FROM %(own)s
             OR CASE p.polcmd WHEN '*' THEN
                     pg_get_expr(p.polwithcheck, t.oid) IS DISTINCT FROM %(own)s
                     ELSE p.polcmd <> 'r' END)
    """,
    "keys": """
        SELECT t.name, 'unique key ' || i.indexrelid::regclass || ' does not begin with tenant_id'
          FROM tenant_tables AS t JOIN pg_index AS i ON i.indrelid = t.oid AND i.indisunique
          LEFT JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
         WHERE a.attname IS DISTINCT FROM 'tenant_id'
    """,
    "primary_key": """
        SELECT t.name, 'has no primary key' FROM tenant_tables AS t
         WHERE NOT EXISTS (SELECT FROM pg_index WHERE indrelid = t.oid AND indisprimary)
    """,
    "foreign_keys": """
        SELECT t.name, 'foreign key ' || c.conname || ' does not begin with tenant_id'
          FROM tenant_tables AS t
          JOIN pg_constraint AS c ON c.conrelid = t.oid AND c.contype = 'f'
          JOIN pg_attribute AS mine ON mine.attrelid = c.conrelid AND mine.attnum = c.conkey[1]
          JOIN pg_attribute AS theirs
            ON theirs.attrelid = c.confrelid AND theirs.attnum = c.confkey[1]
         WHERE mine.attname <> 'tenant_id' OR theirs.attname <> 'tenant_id'
    """,
    "grants": """
        SELECT t.name, role || ' may ' || privilege FROM tenant_tables AS t,
               unnest(ARRAY['app', 'service', 'reader']) AS role,
               unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
         WHERE has_table_privilege(role, t.oid, privilege)
    """,
    "reader": """
        SELECT t.name, 'reader may ' || privilege FROM tenant_tables AS t,
               unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS privilege
         WHERE has_table_privilege('reader', t.oid, privilege)
    """,
    "partitions": """
        SELECT c.oid::regclass::text, 'is a partition that ' || role || ' may use directly'
          FROM pg_class AS c, unnest(ARRAY['app', 'service', 'reader']) AS role
         WHERE c.relispartition AND c.relkind IN ('r', 'p')
           AND has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE')
    """,
    "views": """
        SELECT c.oid::regclass::text, 'is a view that does not run as its caller'
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname IN ('public', 'app')
           AND (c.relkind = 'm' OR c.relkind = 'v'
                AND NOT coalesce('security_invoker=true' = ANY(c.reloptions), false))
    """,
    "functions": """
        SELECT p.oid::regprocedure::text, 'is SECURITY DEFINER without a search_path of its own'
          FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
         WHERE n.nspname IN ('public', 'app') AND p.prosecdef
           AND NOT EXISTS (SELECT FROM unnest(p.proconfig) AS s WHERE s LIKE 'search_path=%%')
    """,
}
TENANT_TABLES = """
    WITH tenant_tables AS (
        SELECT c.*, c.oid::regclass::text AS name
          FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND n.nspname NOT IN ('pg_catalog', 'information_schema')
           AND (n.nspname, c.relname) <> ('app', 'migrations'))
"""
GOOD = """
    CREATE TABLE notes (
        tenant_id uuid NOT NULL, note_id uuid NOT NULL,
        CONSTRAINT notes_pkey PRIMARY KEY (tenant_id, note_id),
        CONSTRAINT notes_tenant_fkey FOREIGN KEY (tenant_id) REFERENCES tenants (tenant_id));
    CALL app.isolate_by_tenant('notes');
    GRANT INSERT ON notes TO app;
"""
# Every tenant is billed for the models it uses, so it reads which ones the operator has and what
# they cost. Nobody but the operator can have rows there: test_tenant_isolation.py holds that.
EXCEPTIONS = [
    "model_prices needs exactly one permissive policy for app, but has 2",
    "model_prices policy registry_reading does not hold rows to the context",
    "models needs exactly one permissive policy for app, but has 2",
    "models policy registry_reading does not hold rows to the context",
]
POLICY = "CREATE POLICY more ON notes FOR ALL TO"


def _faults(connection: psycopg.Connection[Any]) -> list[str]:
    found = []
    for query in CHECKS.values():
        cursor = connection.execute(TENANT_TABLES + query, {"own": OWN})
        found += [f"{name} {fault}" for name, fault in cursor]
    return sorted(found)


def test_every_table_is_isolated(database):
    with database.connect_owner() as connection:
        assert _faults(connection) == EXCEPTIONS


def test_a_table_made_by_the_rules_passes(database):
    with database.connect_owner() as connection:
        connection.execute(GOOD)
        assert _faults(connection) == EXCEPTIONS


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("CREATE TABLE free (id uuid)", "free has no tenant_id"),
        ("CREATE TABLE texts (tenant_id text PRIMARY KEY)", "texts has no tenant_id uuid"),
        ("ALTER TABLE notes DISABLE ROW LEVEL SECURITY", "notes has no ENABLE and FORCE"),
        ("ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", "notes has no ENABLE and FORCE"),
        (
            "DROP POLICY tenant_isolation ON notes",
            "permissive policy for app, but has 0",
        ),
        (POLICY + " app USING (true)", "permissive policy for app, but has 2"),
        (POLICY + " PUBLIC USING (true)", "permissive policy for app, but has 2"),
        (
            "ALTER POLICY tenant_isolation ON notes USING (true)",
            "does not hold rows to",
        ),
        (
            "ALTER POLICY tenant_isolation ON notes WITH CHECK (true)",
            "does not hold rows to",
        ),
        (
            f"DROP POLICY tenant_isolation ON notes; CREATE POLICY p ON notes TO app USING {OWN}",
            "does not hold rows to",
        ),
        (POLICY + " reader USING (true)", "does not hold rows to"),
        (
            "CREATE UNIQUE INDEX notes_id ON notes (note_id)",
            "notes_id does not begin with",
        ),
        ("ALTER TABLE notes DROP CONSTRAINT notes_pkey", "notes has no primary key"),
        (
            "ALTER TABLE notes ADD up uuid REFERENCES tenants (tenant_id)",
            "notes_up_fkey does not begin with tenant_id",
        ),
        ("GRANT ALL ON notes TO app", "notes app may TRUNCATE"),
        ("GRANT DELETE ON notes TO reader", "notes reader may DELETE"),
        (
            (
                "CREATE TABLE logs (tenant_id uuid NOT NULL, at date NOT NULL, PRIMARY KEY"
                " (tenant_id, at)) PARTITION BY RANGE (at); CALL app.isolate_by_tenant('logs');"
                "CREATE TABLE logs_1 PARTITION OF logs DEFAULT; GRANT SELECT ON logs_1 TO app"
            ),
            "logs_1 is a partition that app may use directly",
        ),
        (
            "CREATE VIEW peek AS SELECT * FROM notes",
            "peek is a view that",
        ),
        (
            "CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "app.f() is SECURITY DEFINER",
        ),
    ],
)
def test_a_table_that_breaks_a_rule_fails_the_build(database, change, fault):
    with database.connect_owner() as connection:
        connection.execute(GOOD)
        connection.execute(change)
        found = _faults(connection)
    assert any(fault in line for line in found), found


def test_the_audit_trail_is_append_only_for_its_owner_too(database):
    with database.connect_owner() as connection:
        for statement in (
            "UPDATE audit_entries SET action = 'other'",
            "DELETE FROM audit_entries",
            "TRUNCATE audit_entries",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
                connection.execute(statement)


def test_roles_have_no_privileges_of_the_cluster_and_those_with_rights_do_not_log_in(database):
    query = """
        SELECT rolname FROM pg_roles
         WHERE rolname ~ '^(owner|migrator|reader|(app|service)(_direct|_proxied)?)$'
           AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
                OR rolcanlogin = (rolname IN ('owner', 'app', 'service')))
    """
    with database.connect("app") as connection:
        connection.row_factory = dict_row
        assert connection.execute(query).fetchall() == []


@pytest.mark.parametrize("role", ["app", "service", "reader"])
def test_only_the_owner_may_create(database, role):
    with database.connect(role) as connection:
        for statement in ("CREATE TABLE mine (id int)", "CREATE TEMP TABLE mine (id int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
