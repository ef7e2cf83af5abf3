"""Files in S3, fetched by an address of their own; those of many rows are streamed there."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, BinaryIO, Final, Literal, NamedTuple

from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings

Format = Literal["csv", "jsonl"]

LIFE: Final = timedelta(minutes=15)
"""How long the address works; the bucket deletes the file within a day or two."""
_MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
# A spreadsheet would take a cell that begins so for a formula (OWASP, CSV Injection).
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class File(NamedTuple):
    """A file that was written."""

    rows: int
    url: str
    expires_at: datetime


class Link(NamedTuple):
    """Where a file can be fetched for a while."""

    url: str
    expires_at: datetime


def put(tenant_id: TenantId, name: str, media_type: str, content: bytes, now: datetime) -> Link:
    """Put a whole file of a tenant where it can be fetched.

    Args:
        tenant_id: Whose file it is; its folder in the bucket.
        name: The file's name.
        media_type: What it is.
        content: All of it.
        now: The present moment.
    """
    return _upload(io.BytesIO(content), f"{tenant_id}/{name}", media_type, now)


def write(
    tenant_id: TenantId,
    name: str,
    format: Format,  # noqa: A002 - the word of the API
    columns: Sequence[str],
    rows: Iterable[Mapping[str, Any]],
    now: datetime,
) -> File:
    """Write rows into a file of a tenant.

    Args:
        tenant_id: Whose file it is; its folder in the bucket.
        name: The file's name.
        format: `csv` with a line of column names, or `jsonl`.
        columns: The columns of a CSV, in order.
        rows: Read once, one by one.
        now: The present moment.
    """
    counted = _Counted(rows)
    lines = _csv(columns, counted) if format == "csv" else _jsonl(counted)
    source = io.BufferedReader(_Lines(lines))
    link = _upload(source, f"{tenant_id}/{name}", _MEDIA_TYPES[format], now)
    return File(counted.number, link.url, link.expires_at)


def _upload(source: BinaryIO, key: str, media_type: str, now: datetime) -> Link:
    bucket = settings().required("exports_bucket")
    _s3().upload_fileobj(source, bucket, key, ExtraArgs={"ContentType": media_type})
    url = _s3().generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": key}, ExpiresIn=int(LIFE.total_seconds())
    )
    return Link(url, now + LIFE)


class _Counted:
    """Counts what it passes on."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = rows
        self.number = 0

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.number += 1
            yield row


class _Lines(io.RawIOBase):
    """Lets whoever reads bytes read lines that are made only when they are asked for."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            line = next(self._lines, None)
            if line is None:
                return 0
            self._rest = line.encode()
        taken, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(taken)] = taken
        return len(taken)


def _jsonl(rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    line = io.StringIO()
    writer = csv.writer(line)
    for cells in _table(columns, rows):
        writer.writerow(cells)
        yield line.getvalue()
        line.seek(0)
        line.truncate()


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[list[str]]:
    yield list(columns)
    for row in rows:
        yield [_cell(row.get(column)) for column in columns]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text


@cache
def _s3() -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(
        connect_timeout=2,
        read_timeout=10,
        retries={"total_max_attempts": 3},
        signature_version="s3v4",
    )
    return boto3.client("s3", config=patience)
