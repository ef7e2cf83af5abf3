"""A request that an SDK sends again is carried out once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import requests
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from saasgen.sandbox.aws.repeated_requests import AnsweredOnce
from tests.generator.sandbox.conftest import Aws

Carried = Callable[[Request], Response]


def client(carry_out: Carried, **options: Any) -> Client:
    return Client(AnsweredOnce(Request.application(carry_out), **options))


def counting(done: list[str], status: int = 200) -> Carried:
    def carry_out(request: Request) -> Response:
        done.append(request.method)
        return Response(f"answer {len(done)}", status)

    return carry_out


def post(to: Client, invocation: str, method: str = "POST") -> str:
    return to.open(method=method, headers={"amz-sdk-invocation-id": invocation}).text


def test_a_group_is_made_once_however_often_its_answer_is_lost(aws: Aws) -> None:
    def create(invocation: str) -> int:
        return requests.post(
            aws.endpoint,
            data='{"logGroupName": "/repeated"}',
            headers={
                "X-Amz-Target": "Logs_20140328.CreateLogGroup",
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260301/us-east-1/logs/x, x=y",
                "amz-sdk-invocation-id": invocation,
                "x-moto-account-id": aws.account,
            },
            timeout=30,
        ).status_code

    assert [create("one"), create("one"), create("two")] == [200, 200, 400]


def test_a_repeat_waits_for_the_first_and_gets_its_answer() -> None:
    begun, may_end, done = Event(), Event(), list[str]()

    def slow(request: Request) -> Response:
        begun.set()
        may_end.wait(30)
        return counting(done)(request)

    to = client(slow)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(post, to, "same")
        assert begun.wait(30)
        second = pool.submit(post, to, "same")
        may_end.set()
        assert [first.result(), second.result()] == ["answer 1", "answer 1"]
    assert len(done) == 1


def test_after_a_failure_of_the_server_it_is_done_anew() -> None:
    done: list[str] = []
    to = client(counting(done, 500))
    assert [post(to, "same"), post(to, "same")] == ["answer 1", "answer 2"]


def test_reads_and_other_requests_pass() -> None:
    done: list[str] = []
    to = client(counting(done))
    for method, invocation in (("GET", "a"), ("GET", "a"), ("POST", "b"), ("POST", "c")):
        post(to, invocation, method)
    assert len(done) == 4


def test_old_answers_are_forgotten() -> None:
    done: list[str] = []
    to = client(counting(done), kept=2)
    for invocation in ("a", "b", "c", "c", "a"):
        post(to, invocation)
    assert len(done) == 4
