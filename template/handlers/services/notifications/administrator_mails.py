"""Mailing what is due: a notification is in one mail, and a mail is sent at most once.

    due ──put_in_mail──▶ in a mail ──deliver──▶ mailed
                             │  refused: the same mail goes again, with the next run
                             └─ it may have left: given up; the console shows it anyway, and a
                                person who knows better sets the delivery to 'claimed' and
                                `mail_due_at` again

`domain.notifications.administrators.due_mails` decides which notifications a mail holds. The mail
then goes out under a fenced lease (`platform.messaging.deliveries`) with a key of its own. So a
second attempt, after a crash or at the same time, sends the same mail or none.
"""

from collections.abc import Iterable
from uuid import UUID

from handlers.domain.access import administrators, profiles
from handlers.domain.access.administrators import Administrator
from handlers.domain.notifications.administrators import due_mails
from handlers.domain.notifications.mail_text import Letter, Sender, write
from handlers.platform.aws.mail import Mail, send_mail
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import AdministratorId, TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database.sessions import Row, tenant_session
from handlers.platform.messaging.deliveries import (
    DeliveryBusyError,
    DeliveryUncertainError,
    NotSentError,
    deliver,
)


def mail_what_is_due(
    tenant_id: TenantId, administrator_id: AdministratorId, clock: Clock = system_clock
) -> int:
    """Send an administrator the mails that are due; outside any transaction.

    Returns:
        How many mails left.
    """
    now = clock()
    with tenant_session(tenant_id) as session:
        owner = administrators.read_any(session, tenant_id, administrator_id)
        if not owner.is_active:
            return 0
        environment = settings().environment
        profile = profiles.read(session, tenant_id, administrator_id, environment)
        due_mails.put_in_mail(session, now, owner, profile)
        mails = due_mails.unsent(session, now, owner, profile)
    return sum(_send(owner, mail_id, rows, clock) for mail_id, rows in mails.items())


def compose(owner: Administrator, rows: Iterable[Row], sender: Sender, app_origin: str) -> Letter:
    """Write the mail about one notification, or the digest of several."""
    notifications = [*rows]
    subject = (
        notifications[0]["title"]
        if len(notifications) == 1
        else f"{len(notifications)} notifications"
    )
    paragraphs = [f"Hello {owner.name},"]
    for row in notifications:
        paragraphs += [f"{row['title']}. {row['message']}", app_origin + row["link_path"]]
    paragraphs += ["Your profile says what is mailed to you, and when:", f"{app_origin}/profile"]
    return write(f"{sender.product_name}: {subject}", paragraphs, sender)


def _send(owner: Administrator, mail_id: UUID, rows: Iterable[Row], clock: Clock) -> bool:
    config, email = settings(), str(owner.email)
    sender = Sender.of(config)
    letter = compose(owner, rows, sender, config.required("app_origin"))
    mail = Mail(email, *letter)
    key = f"administrator_mail:{mail_id}"
    try:
        deliver(owner.tenant_id, key, "mail", email, lambda _key: send_mail(mail, config), clock)
    except (DeliveryBusyError, NotSentError) as error:
        telemetry.log.warning("mail is left to the next run", mailId=mail_id, reason=str(error))
        return False
    except DeliveryUncertainError as error:
        telemetry.log.error("mail given up", mailId=mail_id, reason=str(error))
        with tenant_session(owner.tenant_id) as session:
            due_mails.give_up(session, clock(), owner, mail_id)
        return False
    with tenant_session(owner.tenant_id) as session:
        due_mails.mark_mailed(session, clock(), owner, mail_id)
    return True
