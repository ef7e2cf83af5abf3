"""Reasons: one line, bounded, without what must not leave the log."""

import psycopg
import pytest
from pydantic import BaseModel, ValidationError

from handlers.platform.base.failure_reasons import LONGEST, line, reason_of


class Seats(BaseModel):
    count: int


def test_a_reason_names_the_error_and_what_it_says():
    assert reason_of(ValueError("3 is\n  unlucky")) == "ValueError: 3 is unlucky"


def test_a_long_reason_is_cut():
    cut = reason_of(ValueError("x" * 10_000))
    assert len(cut) == LONGEST
    assert cut.endswith("…")


def test_a_refused_value_is_not_quoted():
    with pytest.raises(ValidationError) as caught:
        Seats.model_validate({"count": "ada@example.com"})
    reason = reason_of(caught.value)
    assert reason.startswith("count: ")
    assert "ada@example.com" not in reason


def test_a_refused_row_is_not_quoted(database):
    with database.connect_owner() as connection:
        connection.execute("CREATE TABLE people (name text NOT NULL, email text)")
        with pytest.raises(psycopg.errors.NotNullViolation) as caught:
            connection.execute("INSERT INTO people (email) VALUES ('ada@example.com')")
    assert "ada@example.com" in str(caught.value)
    reason = reason_of(caught.value)
    assert reason.startswith("NotNullViolation: null value in column")
    assert "ada@example.com" not in reason


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer ***"),
        ("password=hunter2 host=db", "password=*** host=db"),
        ('{"clientSecret": "s 3", "a": 1}', '{"clientSecret": ***, "a": 1}'),
        ("api_key='k1'; next", "api_key=***; next"),
        ("?X-Amz-Signature=0af1&b=2", "?X-Amz-Signature=***&b=2"),
        ("postgresql://app:hunter2@db:5432/x", "postgresql://app:***@db:5432/x"),
        ("jwt " + "eyJ" + "hbGci.eyJzdWIi.c2ln here", "jwt *** here"),
        ("key AKIA" + "A" * 16, "key ***"),
        ("sk_" + "test_12345678 is invalid", "*** is invalid"),
        ("nul \x00 and bell \x07", "nul  and bell "),
        ("the token bucket is empty", "the token bucket is empty"),
        ("queue acme-dev-write-audit: AccessDenied", "queue acme-dev-write-audit: AccessDenied"),
    ],
)
def test_what_looks_like_a_credential_is_struck_out(text, shown):
    assert line(text) == shown
