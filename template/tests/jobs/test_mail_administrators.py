"""What is due is mailed: once, together, and not to who should not get it any more."""

import threading
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from saasgen.testing import Database

from handlers.domain.access.administrators import Administrator
from handlers.domain.notifications.administrators import due_mails
from handlers.jobs import mail_administrators
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.database import sessions
from handlers.platform.messaging.deliveries import NotSentError
from handlers.services.notifications import administrator_mails

Tell = Callable[..., UUID]

IS_WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"


@pytest.fixture
def ada(tenant: TenantId, make_administrator: Callable[..., Administrator]) -> Administrator:
    return make_administrator(tenant, "admin")


@pytest.fixture
def tell(clock: Any) -> Tell:
    """Make a notification that is due now, unless said otherwise."""

    def tell(whom: Administrator, title: str, *, priority: str = "low", **hours: float) -> UUID:
        values = {
            "tenant": whom.tenant_id,
            "id": new_id(clock()),
            "who": whom.administrator_id,
            "event": new_id(clock()),
            "title": title,
            "priority": priority,
            "now": clock(),
            "due_at": clock() + timedelta(hours=hours.get("due", 0)),
            "expires_at": clock() + timedelta(hours=hours.get("life", 1000)),
        }
        with sessions.tenant_session(whom.tenant_id) as session:
            session.execute(
                "INSERT INTO administrator_notifications (tenant_id, notification_id,"
                " administrator_id, event_id, category, priority, title, message, link_path,"
                " link_label, created_at, expires_at, mail_due_at) VALUES (%(tenant)s, %(id)s,"
                " %(who)s, %(event)s, 'system', %(priority)s, %(title)s, 'More.', '/settings',"
                " 'Show', %(now)s, %(expires_at)s, %(due_at)s)",
                values,
            )
        return UUID(str(values["id"]))

    return tell


@pytest.fixture
def run(clock: Any, context: Any) -> Callable[[], int]:
    return lambda: mail_administrators.mail_all(clock, context)


def row(owner: Administrator) -> dict[str, Any]:
    with sessions.tenant_session(owner.tenant_id) as session:
        found = session.one("SELECT * FROM administrator_notifications")
    assert found is not None
    return found


def change(owner: Administrator, statement: Any) -> None:
    with sessions.tenant_session(owner.tenant_id) as session:
        session.execute(statement)


def test_a_digest_holds_each_notification_once(
    ada: Administrator, tell: Tell, run: Callable[[], int], outgoing: Any, clock: Any
) -> None:
    titles = ["First", "Second", "Third"]
    for title in titles:
        tell(ada, title)
    tell(ada, "Tomorrow", due=24)

    assert (run(), run()) == (1, 0)

    (mail,) = outgoing.mails
    assert (mail.to, mail.subject) == (ada.email, "Acme Billing: 3 notifications")
    assert [mail.text.count(f"{title}. More.") for title in titles] == [1, 1, 1]
    assert "Tomorrow" not in mail.text

    clock.forward(hours=24)
    assert run() == 1
    assert outgoing.mails[1].subject == "Acme Billing: Tomorrow"


def test_more_than_a_mail_holds_go_in_the_next_one(
    ada: Administrator,
    tell: Tell,
    run: Callable[[], int],
    outgoing: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(due_mails, "MOST_IN_A_MAIL", 2)
    for title in ("A", "B", "C", "D", "E"):
        tell(ada, title)
    assert [run() for _ in range(4)] == [1, 1, 1, 0]
    text = "".join(mail.text for mail in outgoing.mails)
    assert [text.count(f"\n{title}. More.") for title in "ABCDE"] == [1] * 5


def test_everybody_is_mailed_in_every_tenant_however_many_there_are(
    make_tenant: Callable[..., TenantId],
    make_administrator: Callable[..., Administrator],
    tell: Tell,
    outgoing: Any,
    clock: Any,
    context: Any,
) -> None:
    people = [make_administrator(make_tenant(), "admin") for _ in range(2) for _ in range(2)]
    people += [make_administrator(people[0].tenant_id, "auditor") for _ in range(3)]
    for person in people:
        tell(person, "News")
    assert mail_administrators.mail_all(clock, context, batch=2) == 7
    assert {mail.to for mail in outgoing.mails} == {person.email for person in people}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE administrator_notifications SET read_at = now()",
        "UPDATE administrator_notifications SET dismissed_at = now()",
        "UPDATE administrators SET status = 'inactive'",
        "UPDATE administrators SET status = 'deleted', email = NULL",
    ],
)
def test_what_nobody_waits_for_any_more_is_not_mailed(
    ada: Administrator, tell: Tell, run: Callable[[], int], outgoing: Any, statement: str
) -> None:
    tell(ada, "News")
    change(ada, statement)
    assert (run(), outgoing.mails) == (0, [])


def test_what_has_expired_is_not_mailed(
    ada: Administrator, tell: Tell, run: Callable[[], int], outgoing: Any, clock: Any
) -> None:
    tell(ada, "Decide", due=1, life=2)
    clock.forward(hours=2)
    assert (run(), outgoing.mails) == (0, [])


def test_whoever_left_between_the_list_and_the_mail_gets_none(
    ada: Administrator, tell: Tell, outgoing: Any, clock: Any
) -> None:
    tell(ada, "News")
    change(ada, "UPDATE administrators SET status = 'inactive'")
    assert administrator_mails.mail_what_is_due(ada.tenant_id, ada.administrator_id, clock) == 0
    assert outgoing.mails == []


def test_a_late_run_keeps_to_quiet_hours_but_for_what_is_critical(
    ada: Administrator,
    tell: Tell,
    prefer: Callable[..., None],
    run: Callable[[], int],
    outgoing: Any,
    clock: Any,
) -> None:
    prefer(ada, quiet_hours=("12:00", "14:00"))  # since the notifications were made
    tell(ada, "News")
    tell(ada, "Alarm", priority="critical")

    assert run() == 1
    assert [mail.subject for mail in outgoing.mails] == ["Acme Billing: Alarm"]
    clock.forward(hours=1)
    assert run() == 0
    clock.forward(hours=1)
    assert run() == 1
    assert [mail.subject for mail in outgoing.mails][1:] == ["Acme Billing: News"]


def test_who_has_switched_mails_off_meanwhile_gets_none(
    ada: Administrator, tell: Tell, prefer: Callable[..., None], run: Any, outgoing: Any
) -> None:
    tell(ada, "News")
    prefer(ada, frequency="off")
    assert (run(), outgoing.mails, row(ada)["mail_due_at"]) == (0, [], None)


def test_a_refused_mail_goes_with_the_next_run_outside_quiet_hours(
    ada: Administrator,
    tell: Tell,
    prefer: Callable[..., None],
    run: Callable[[], int],
    outgoing: Any,
    clock: Any,
) -> None:
    prefer(ada, quiet_hours=("13:00", "14:00"))
    tell(ada, "News")
    outgoing.fault = NotSentError("sending is paused")
    assert run() == 0
    outgoing.fault = None
    clock.forward(hours=1)
    assert run() == 0
    clock.forward(hours=1)
    assert (run(), run(), len(outgoing.mails)) == (1, 0, 1)


def test_what_comes_while_a_mail_is_refused_goes_in_another(
    ada: Administrator, tell: Tell, run: Callable[[], int], outgoing: Any, clock: Any
) -> None:
    tell(ada, "First")
    outgoing.fault = NotSentError("sending is paused")
    run()
    outgoing.fault = None
    tell(ada, "Second")
    assert run() == 2
    subjects = [mail.subject for mail in outgoing.mails]
    assert subjects == ["Acme Billing: First", "Acme Billing: Second"]


def test_a_mail_that_may_have_left_is_never_sent_again(
    ada: Administrator, tell: Tell, run: Callable[[], int], outgoing: Any, clock: Any
) -> None:
    tell(ada, "News")
    outgoing.fault = TimeoutError("no answer")
    assert run() == 0
    outgoing.fault = None
    clock.forward(hours=1)
    assert (run(), outgoing.mails) == (0, [])
    with sessions.service_session() as session:
        assert session.all("SELECT state FROM deliveries") == [{"state": "uncertain"}]
        assert due_mails.find_recipients(session, clock(), 10) == []


class Crash(BaseException):
    """The process is gone: nobody catches it."""


@pytest.mark.parametrize(
    ("module", "died_in"),
    [
        (administrator_mails, "deliver"),
        (administrator_mails, "send_mail"),
        (due_mails, "mark_mailed"),
    ],
)
def test_after_a_crash_anywhere_the_mail_leaves_at_most_once(
    ada: Administrator,
    tell: Tell,
    run: Callable[[], int],
    outgoing: Any,
    clock: Any,
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    died_in: str,
) -> None:
    """Between collecting and sending, while sending, and between sending and noting it."""
    tell(ada, "News")

    def die(*_: Any) -> None:
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(module, died_in, die)
        with pytest.raises(Crash):
            run()
    left = len(outgoing.mails)
    assert left == (1 if died_in == "mark_mailed" else 0)

    clock.forward(hours=1)
    run()
    run()
    # whether it left while sending broke off, nobody can tell: then it does not leave again
    assert len(outgoing.mails) == (0 if died_in == "send_mail" else 1)


def test_two_at_once_send_one_mail(
    ada: Administrator, tell: Tell, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def send(mail: Any, _settings: object) -> str:
        sent.append(mail.subject)
        # the consumer comes along while the job is sending
        again = administrator_mails.mail_what_is_due(ada.tenant_id, ada.administrator_id, clock)
        assert again == 0
        return "ses-1"

    monkeypatch.setattr(administrator_mails, "send_mail", send)
    tell(ada, "News")
    assert administrator_mails.mail_what_is_due(ada.tenant_id, ada.administrator_id, clock) == 1
    assert len(sent) == 1


def test_whoever_comes_second_takes_nothing_out_of_the_first_ones_mail(
    ada: Administrator, tell: Tell, outgoing: Any, clock: Any, database: Database
) -> None:
    """The first has put a notification in a mail, and has not committed yet."""
    tell(ada, "News")
    first = new_id(clock())
    with database.connect("app") as other, database.connect("app") as watch:
        other.execute("SELECT set_config('app.tenant_id', %s, false)", [str(ada.tenant_id)])
        with other.transaction():
            other.execute("UPDATE administrator_notifications SET mail_id = %s", [first])
            second = threading.Thread(
                target=administrator_mails.mail_what_is_due,
                args=(ada.tenant_id, ada.administrator_id, clock),
            )
            second.start()
            while not watch.execute(IS_WAITING).fetchone():
                assert second.is_alive()
        second.join()
    assert row(ada)["mail_id"] == first
    with sessions.service_session() as session:
        keys = session.all("SELECT delivery_key FROM deliveries")
    assert keys == [{"delivery_key": f"administrator_mail:{first}"}]
    assert len(outgoing.mails) == 1


def test_one_who_fails_does_not_keep_the_others_waiting(
    ada: Administrator,
    make_administrator: Callable[..., Administrator],
    tell: Tell,
    run: Callable[[], int],
    outgoing: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [make_administrator(ada.tenant_id, "auditor") for _ in range(2)]
    for person in (ada, *others):
        tell(person, "News")
    compose = administrator_mails.compose

    def compose_but_not_for_ada(owner: Administrator, *rest: Any) -> Any:
        if owner.administrator_id == ada.administrator_id:
            raise RuntimeError("broken")
        return compose(owner, *rest)

    with monkeypatch.context() as broken:
        broken.setattr(administrator_mails, "compose", compose_but_not_for_ada)
        assert run() == 2
    assert run() == 1
    assert len(outgoing.mails) == 3


def test_a_run_tries_everybody_once_though_all_are_refused(
    tenant: TenantId,
    make_administrator: Callable[..., Administrator],
    tell: Tell,
    outgoing: Any,
    clock: Any,
    context: Any,
) -> None:
    for _ in range(3):
        tell(make_administrator(tenant, "auditor"), "News")
    outgoing.fault = NotSentError("sending is paused")
    clock_that_runs_out = iter([60_000] * 10 + [0] * 10)
    context.get_remaining_time_in_millis = lambda: next(clock_that_runs_out)
    assert mail_administrators.mail_all(clock, context, batch=1) == 0
    with sessions.service_session() as session:
        attempts = session.all("SELECT attempts FROM deliveries")
    assert attempts == [{"attempts": 1}] * 3


def test_it_stops_before_its_time_is_up(
    ada: Administrator, tell: Tell, run: Callable[[], int], outgoing: Any, context: Any
) -> None:
    tell(ada, "News")
    context.remaining_ms = 14_000
    assert (run(), outgoing.mails) == (0, [])


def test_the_handler_answers_how_many_mails_left(
    ada: Administrator, tell: Tell, outgoing: Any, context: Any
) -> None:
    tell(ada, "News")  # the tests' time is behind the system's
    assert mail_administrators.handler({}, context) == {"sent": 0}
    tell(ada, "News", life=10**6)
    assert mail_administrators.handler({}, context) == {"sent": 1}
