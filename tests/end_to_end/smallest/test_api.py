"""The API of the smallest stack, as a caller meets it."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from saasgen.sandbox.control.users import Users
from tests.end_to_end.smallest.conftest import Live


class TestTheApi:
    def test_a_request_without_a_token_gets_401(self, live: Live):
        answer = live.call("GET", "/v1/invoices")

        assert answer.status_code == 401
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["status"] == 401

    @pytest.mark.parametrize("token", ["nonsense", "a.b.c", ""])
    def test_a_token_that_cognito_did_not_sign_gets_401(self, live: Live, token: str):
        answer = live.call("GET", "/v1/invoices", headers={"Authorization": f"Bearer {token}"})

        assert answer.status_code == 401

    def test_a_token_with_another_signature_gets_401(self, live: Live):
        header, payload, signature = live.token().split(".")
        forged = ".".join([header, payload, signature[::-1]])

        assert live.call("GET", "/v1/invoices", forged).status_code == 401

    def test_a_wrong_role_gets_403(self, live: Live):
        tenant, _ = live.new_tenant("Wrongrole")
        users = Users(live.sandbox)
        users.create("clerk@wrongrole.example.com", tenant["tenantId"], "user")
        clerk = users.sign_in("clerk@wrongrole.example.com")

        body = {"tierId": "INDIVIDUAL"}
        assert live.call("POST", "/v1/subscriptions", clerk, json=body).status_code == 403

    def test_another_tenants_id_answers_404_like_an_unknown_one(self, live: Live):
        one, _ = live.new_tenant("Oneco")
        _, token_of_two = live.new_tenant("Twoco")

        other = live.call("GET", f"/v1/tenants/{one['tenantId']}", token_of_two)
        unknown = live.call("GET", "/v1/tenants/00000000-0000-7000-8000-000000000000", token_of_two)

        assert other.status_code == unknown.status_code == 404
        words = [{**a.json(), "requestId": None} for a in (other, unknown)]
        assert words[0] == words[1]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ('{"name": ', 400),
            ('{"name": "A", "email": "a@a.example", "colour": "red"}', 400),
            ('{"name": 7, "email": "a@a.example"}', 400),
            ("[]", 400),
        ],
    )
    def test_a_broken_body_gets_a_clear_problem(self, live: Live, body: str, status: int):
        answer = live.call(
            *("POST", "/v1/tenants", live.token()),
            data=body,
            headers={"Content-Type": "application/json"},
        )

        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["detail"]

    def test_too_large_a_body_gets_413(self, live: Live):
        answer = live.call(
            *("POST", "/v1/tenants", live.token()),
            data=json.dumps({"name": "A" * 2_000_000, "email": "a@a.example"}),
            headers={"Content-Type": "application/json"},
        )

        assert answer.status_code in {400, 413}, answer.text

    def test_an_unknown_route_gets_404_in_our_format(self, live: Live):
        answer = live.call("GET", "/v1/nothing-here", live.token())

        assert answer.status_code == 404, answer.text
        assert answer.json()["status"] == 404

    def test_a_route_is_throttled_at_its_own_rate(self, live: Live):
        """10 requests a second and a burst of 20, for the tenants routes; counted before anything.

        Without a token no function is called: these answers come faster than ten a second on any
        machine.
        """
        with ThreadPoolExecutor(16) as callers:
            calls = [callers.submit(live.call, "GET", "/v1/tenants") for _ in range(200)]
        answers = [call.result() for call in calls]
        refused = [answer for answer in answers if answer.status_code == 429]

        assert {answer.status_code for answer in answers} == {401, 429}
        assert len(answers) - len(refused) >= 20, "the burst"
        assert refused[0].headers["Retry-After"]
        assert refused[0].json()["status"] == 429
