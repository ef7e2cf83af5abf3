"""The Aurora cluster in the state, and its proxy, played by PostgreSQL behind TLS fronts.

Sign-in is as on Aurora, but for one thing. Passwords are checked (SCRAM) for the master and every
other role. A role that was granted `rds_iam` signs in with an IAM token, which is not checked here:
moto issues tokens that nobody could verify, so such roles are let in from this machine.
"""

import logging
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from threading import Thread
from zipfile import ZipFile

import psycopg

from saasgen.errors import OutsideFailure
from saasgen.sandbox import LOOPBACK
from saasgen.sandbox.database.postgres import SUPERUSER, Postgres
from saasgen.sandbox.database.proxy_front import ProxyFront
from saasgen.sandbox.database.stored_secrets import credentials, password_of
from saasgen.sandbox.database.tls import CertificateAuthority, server_context
from saasgen.sandbox.database.tls_front import TlsFront
from saasgen.sandbox.layout import Layout
from saasgen.sandbox.models import DatabaseStatus
from saasgen.sandbox.state import model as state

_log = logging.getLogger(__name__)
_FOLDER = "database/"  # in an archive
# The shell waits for the end of the pipe whose other end only the daemon holds.
_GUARD = 'read -r _; kill -QUIT "$0" 2>/dev/null'


class DatabaseServer:
    """PostgreSQL and its TLS front.

    Starting PostgreSQL takes as long as all the rest of a sandbox together, so it starts in the
    background; `serve` waits for it.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._postgres = Postgres(layout.postgres)
        self._authority = CertificateAuthority(layout.tls)
        self._front: TlsFront | None = None
        self._proxy: ProxyFront | None = None
        self._restored: ZipFile | None = None
        self._keeps_data = False
        self._guard: subprocess.Popen[bytes] | None = None
        self._database: state.Database | None = None
        self._failure: Exception | None = None
        self._starting = Thread(target=self._start, daemon=True, name="postgres")

    def start(self, restored: ZipFile | None = None, *, keeps_data: bool = False) -> None:
        """Begin to start PostgreSQL.

        Args:
            restored: an archive with what `dump` stored; without, the data folder is made anew.
            keeps_data: go on with the data folder that a killed daemon left.
        """
        self._restored = restored
        self._keeps_data = keeps_data
        self._starting.start()

    def dump(self, archive: ZipFile) -> None:
        """Store the cluster: its data, its roles, their passwords. Whoever is connected is cut off.

        Raises:
            OutsideFailure: PostgreSQL did not start, or not again.
        """
        self.wait()
        self._unguard()
        self._postgres.stop()
        try:
            self._postgres.pack(archive, _FOLDER)
        finally:
            self._postgres.start()
            self._guard = _guard(self._pid())

    def serve(self, database: state.Database) -> None:
        """Be this cluster: its database, its master user, its host names.

        A PostgreSQL that was killed is started again on its data: nothing committed is lost.

        Raises:
            OutsideFailure: PostgreSQL did not start, or not again.
        """
        self.wait()
        self._revive()
        certificate = self._authority.issue(database.endpoints)
        if self._front is None:
            self._front = TlsFront(server_context(certificate), self._postgres.port)
            self._front.start()
        self._front.context = server_context(certificate)
        self._postgres.create_master(
            database.master_user, _master_password(database), database.name
        )
        self._require_passwords(database.master_user)
        self._serve_proxy(database.proxy)
        self._database = database

    def stop(self) -> None:
        """Stop PostgreSQL and forget its data, as moto forgets its own."""
        if self._starting.ident is not None:
            self._starting.join()
        for front in filter(None, (self._proxy, self._front)):
            front.stop()
        self._postgres.stop()
        self._unguard()
        self._postgres.forget()

    def wait(self) -> None:
        """Wait until PostgreSQL has started.

        Raises:
            OutsideFailure: it did not.
        """
        self._starting.join()
        if self._failure is not None:
            raise OutsideFailure(f"PostgreSQL did not start: {self._failure}") from self._failure

    def wait_restored(self) -> None:
        """Wait until what was stored or left has been taken over, if it was.

        Raises:
            OutsideFailure: PostgreSQL did not start with it.
        """
        if self._restored is not None or self._keeps_data:
            self.wait()

    def overrides(self, environment: Mapping[str, str]) -> Mapping[str, str]:
        """What a function needs over its own environment to reach its database's host name here."""
        if self._front is None:
            return {}
        host = environment.get("DATABASE_HOST")
        front = self._proxy if self._proxy and self._proxy.host == host else self._front
        return {
            "DATABASE_PORT": str(front.port),
            "DATABASE_CA_FILE": str(self._authority.file),
            "PGHOSTADDR": LOOPBACK,
        }

    def status(self) -> DatabaseStatus | None:
        """How to reach the database from this machine; None before it is served."""
        if self._database is None or self._front is None:
            return None
        return DatabaseStatus(
            host=self._database.endpoints[0],
            port=self._front.port,
            name=self._database.name,
            ca_file=str(self._authority.file),
            superuser_dsn=self._postgres.dsn(SUPERUSER, self._database.name),
            running=self._postgres.running,
            proxy_host=self._proxy.host if self._proxy else None,
            proxy_port=self._proxy.port if self._proxy else None,
        )

    def _serve_proxy(self, proxy: state.DatabaseProxy | None) -> None:
        if self._proxy is not None and (proxy is None or proxy.endpoint != self._proxy.host):
            self._proxy.stop()
            self._proxy = None
        if proxy is None:
            return
        passwords = partial(password_of, arns=proxy.secret_arns)
        if self._proxy is None:
            context = server_context(self._authority.issue([proxy.endpoint], "proxy"))
            port = self._postgres.port
            self._proxy = ProxyFront(context, port, proxy.endpoint, passwords)
            self._proxy.start()
        self._proxy.password_of = passwords

    def _start(self) -> None:
        try:
            self._postgres.stop()  # one that a killed daemon left behind
            if self._keeps_data:
                self._postgres.require_data()
            else:
                self._postgres.forget()
            if self._restored is not None:
                self._postgres.unpack(self._restored, _FOLDER)
            self._postgres.start()
            self._guard = _guard(self._pid())
        except Exception as error:
            _log.exception("PostgreSQL did not start")
            self._failure = error

    def _revive(self) -> None:
        if self._postgres.running:
            return
        _log.warning("PostgreSQL is gone: starting it again on its data")
        self._unguard()
        self._postgres.start()
        self._guard = _guard(self._pid())

    def _pid(self) -> int:
        with psycopg.connect(self._postgres.dsn(SUPERUSER, "postgres")) as connection:
            found = connection.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
        return int(str(found[0]).split()[0]) if found else 0

    def _unguard(self) -> None:
        if self._guard is not None:
            self._guard.kill()
            self._guard.communicate()  # closes its pipe, too

    def _require_passwords(self, master: str) -> None:
        """Ask every role for its password, except those that sign in by IAM."""
        rules = [
            f"host all {SUPERUSER} {LOOPBACK}/32 trust",
            f'host all "{master}" {LOOPBACK}/32 scram-sha-256',
            f"host all +rds_iam {LOOPBACK}/32 trust",
            f"host all all {LOOPBACK}/32 scram-sha-256",
        ]
        with psycopg.connect(
            self._postgres.dsn(SUPERUSER, "postgres"), autocommit=True
        ) as connection:
            found = connection.execute("SHOW hba_file").fetchone()
            if found:
                Path(str(found[0])).write_text("\n".join(rules) + "\n")
            connection.execute("SELECT pg_reload_conf()")


def _guard(pid: int) -> subprocess.Popen[bytes]:
    """Start a process that stops PostgreSQL as soon as this process is gone, however it ended."""
    return subprocess.Popen(
        ["/bin/sh", "-c", _GUARD, str(pid)], stdin=subprocess.PIPE, start_new_session=True
    )


def _master_password(database: state.Database) -> str:
    """The password RDS keeps in its managed secret, or the one in the configuration."""
    if database.master_secret_arn is None:
        return database.master_password or ""
    found = credentials(database.master_secret_arn)
    return found["password"] if found else ""
