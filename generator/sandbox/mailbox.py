"""The mail that was sent in the sandbox, kept for reading."""

from threading import Lock

from generator.sandbox.aws.mail import SentMail, on_mail
from generator.sandbox.clock import Clock
from generator.sandbox.models import MailMessage


class Mailbox:
    """Every mail since the sandbox was started, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._messages: list[MailMessage] = []
        self._lock = Lock()
        on_mail(self._keep)

    def messages(self) -> list[MailMessage]:
        """All mails."""
        with self._lock:
            return list(self._messages)

    def _keep(self, mail: SentMail) -> None:
        message = MailMessage(
            message_id=mail.message_id,
            sent_at=self._clock(),
            sender=mail.sender,
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
        )
        with self._lock:
            self._messages.append(message)
