"""Ids, money, settings and errors: the small values everything is made of."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.platform.base import errors
from handlers.platform.base.ids import new_id
from handlers.platform.base.money import Money
from handlers.platform.base.settings import MisconfiguredError, read, settings

TIMES = st.datetimes(
    min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1), timezones=st.just(UTC)
)


@given(TIMES)
def test_an_id_is_a_uuid_of_version_7_with_its_time_in_front(now):
    made = new_id(now)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(now.timestamp()) * 1000 + now.microsecond // 1000


@given(TIMES, st.lists(st.integers(0, 3000), min_size=2, max_size=20))
def test_ids_sort_in_the_order_they_were_made(start, steps_us):
    made, now = [], start
    for step in steps_us:
        now += timedelta(microseconds=step)
        made.append(new_id(now))
    assert made == sorted(made)
    assert len(set(made)) == len(made)


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(4999, "USD"), "49.99 USD"),
        (Money(123456789, "EUR"), "1,234,567.89 EUR"),
        (Money(-5, "USD"), "-0.05 USD"),
        (Money(4999, "JPY"), "4,999 JPY"),
        (Money(4999, "KWD"), "4.999 KWD"),
    ],
)
def test_money_is_written_with_its_currencys_decimals(money, text):
    assert str(money) == text


def test_money_adds_and_multiplies_within_a_currency():
    assert Money(100, "USD") + Money(1, "USD") * 3 - Money(3, "USD") == Money(100, "USD")
    with pytest.raises(ValueError, match="USD with EUR"):
        Money(1, "USD") + Money(1, "EUR")


@pytest.mark.parametrize("amount", [1.0, "1", True, None])
def test_money_is_whole_minor_units(amount):
    with pytest.raises(TypeError):
        Money(amount, "USD")


@pytest.mark.parametrize("currency", ["usd", "", "US", "USDX"])
def test_money_has_a_currency_code(currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)


def test_settings_name_every_variable_that_is_missing_or_wrong():
    with pytest.raises(MisconfiguredError) as caught:
        read({"STACK_NAME": "acme", "OPERATOR_TENANT_ID": "seven", "DATABASE_PORT": "x"})
    for name in ("ENVIRONMENT", "CURRENCY", "OPERATOR_TENANT_ID", "DATABASE_PORT"):
        assert name in str(caught.value)
    assert "STACK_NAME" not in str(caught.value)


def test_a_setting_that_only_some_functions_have_is_asked_for_by_name():
    with pytest.raises(MisconfiguredError, match="EVENTS_TOPIC_ARN is not set"):
        settings().required("events_topic_arn")
    assert settings().required("sender_email") == "billing@acme.example"


def test_a_problem_is_a_document_of_rfc_9457():
    problem = errors.Unprocessable("Bad seats.", [errors.FieldError("/seatCount", "at least 1")])
    assert problem.document("r1") == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "Bad seats.",
        "errors": [{"field": "/seatCount", "message": "at least 1"}],
        "requestId": "r1",
    }
    assert problem.headers() == {"Content-Type": "application/problem+json"}


def test_what_can_be_retried_says_when():
    problem = errors.TooManyRequests("Slow down.", retry_after_s=7)
    assert problem.retryable
    assert problem.headers()["Retry-After"] == "7"
    assert not errors.Conflict("Taken.").retryable
