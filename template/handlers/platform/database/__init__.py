"""PostgreSQL: sessions, logins, roles, migrations."""
