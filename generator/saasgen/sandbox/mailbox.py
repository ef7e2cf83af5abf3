"""The mail that was sent in the sandbox, kept for reading."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

from saasgen.sandbox.aws.mail import SentFile, SentMail, on_mail
from saasgen.sandbox.clock import Clock
from saasgen.sandbox.models import MailFile, MailMessage


class Mailbox:
    """Every mail since the sandbox was started, oldest first.

    Args:
        clock: the time of the sandbox.
        path: where the files that mails brought are to be found.
    """

    def __init__(self, clock: Clock, path: str) -> None:
        self._clock = clock
        self._path = path
        self._messages: list[MailMessage] = []
        self._files: dict[str, SentFile] = {}
        self._lock = Lock()
        on_mail(self._keep)

    def messages(self) -> list[MailMessage]:
        """All mails."""
        with self._lock:
            return list(self._messages)

    def file(self, path: str) -> SentFile | None:
        """The file that is found at a path; None if there is none."""
        with self._lock:
            return self._files.get(path)

    def dump(self) -> dict[str, Any]:
        """All mails and files."""
        with self._lock:
            return {"messages": list(self._messages), "files": dict(self._files)}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Hold what another one held."""
        with self._lock:
            self._messages = list(kept["messages"])
            self._files = dict(kept["files"])

    def _keep(self, mail: SentMail) -> None:
        files = {
            f"{self._path}/{mail.message_id}/{number}": file
            for number, file in enumerate(mail.files, start=1)
        }
        message = MailMessage(
            message_id=mail.message_id,
            sent_at=self._clock(),
            sender=mail.sender,
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            files=tuple(
                MailFile(
                    name=file.name, media_type=file.media_type, size=len(file.content), path=path
                )
                for path, file in files.items()
            ),
        )
        with self._lock:
            self._messages.append(message)
            self._files |= files
