"""What each function of the inventory can do by its code, and what its role lets it do."""

import ast

from handlers import app
from handlers.api.http.route import Route
from handlers.api.http.routing import routes_of

from tests.permissions.clients import Calls
from tests.permissions.code import Code, Definition
from tests.support import REPOSITORY
from tests.terraform.applied import Resources, listed, of_type, statements

# Logins are signed without a client: who names the user, and where.
_LOGGING_IN = {
    "handlers.platform.database.sessions._transaction",
    "handlers.platform.database.login.iam_token",
}

# What AWS asks of the caller for an action's sake.
IMPLIED = {
    # the topic is encrypted, with the publisher's permissions
    "sns:Publish": {"kms:Decrypt", "kms:GenerateDataKey"},
    # the secret is encrypted, and read or written through its key
    "secretsmanager:GetSecretValue": {"kms:Decrypt"},
    "secretsmanager:PutSecretValue": {"kms:GenerateDataKey"},
    # a mail that brings a file is a raw one in the eyes of SES
    "ses:SendEmail": {"ses:SendRawEmail"},
}

# Lambda acts in the function's name, whatever its code does; by Sid. (A refusal grants nothing.)
DONE_BY_LAMBDA = {
    "WriteOwnLog": "Lambda writes what the function prints",
    "Trace": "Lambda sends the segments of active tracing",
    "AttachToVpc": "Lambda makes the network interface",
    "ConsumeOwnQueue": "the event source mapping receives and deletes",
    "KeepFailedInvocations": "Lambda sends what failed for good to the failure queue",
}
# Two of them belong to functions that have what they are for.
NEEDED_FOR = {
    "ConsumeOwnQueue": "aws_lambda_event_source_mapping",
    "KeepFailedInvocations": "aws_lambda_function_event_invoke_config",
}


def callable_actions(resources: Resources) -> dict[str, set[str]]:
    """The actions that each function's code can call, by function key."""
    code = Code(REPOSITORY / "template/handlers")
    return {
        str(function.key): _with_implied(_called(code, *_entries(function.values)))
        for function in of_type(resources, "aws_lambda_function")
    }


def granted_actions(resources: Resources) -> dict[str, set[str]]:
    """The actions that each function's role grants its code, by function key."""
    keys = {function.key for function in of_type(resources, "aws_lambda_function")}
    roles = [r for r in of_type(resources, "aws_iam_role_policy") if r.key in keys]
    return {
        str(role.key): {
            action
            for _, statement in statements([role])
            if statement["Effect"] == "Allow" and statement["Sid"] not in DONE_BY_LAMBDA
            for action in _as_actions(statement["Action"], statement["Resource"])
        }
        for role in roles
    }


def _entries(function: dict[str, object]) -> tuple[list[str], set[tuple[str, str]]]:
    """Where a function's code begins, and which ways from there its routes never go."""
    if function["handler"] != "handlers.app.handler":
        return [str(function["handler"])], set()
    key = function["environment"][0]["variables"]["API_FUNCTION"]  # type: ignore[index]
    routes = list(routes_of(app.create_app(key)))
    views = [f"{route.view.__module__}.{route.view.__name__}" for route in routes]
    around = ["handlers.api.http.envelope.install", "handlers.api.http.serving.serve"]
    return [*around, *views], _never_gone(routes)


def _never_gone(routes: list[Route]) -> set[tuple[str, str]]:
    """What serving does for some routes only, where none of these is such a route."""
    serving, cut = "handlers.api.http.serving", set()
    if not any(route.is_cross_tenant or route.operator_permission for route in routes):
        cut.add((f"{serving}._session", "handlers.platform.database.sessions.service_session"))
    if all(route.permission is None for route in routes):
        # neither caller nor transaction: see _answer in handlers/api/http/serving.py
        cut.add((f"{serving}._answer", f"{serving}._session"))
        cut.add((f"{serving}._answer", "handlers.platform.messaging.events.nudge_relay"))
    return cut


def _called(code: Code, entries: list[str], cut: set[tuple[str, str]]) -> set[str]:
    reached = code.reachable(entries, cut)
    logins = {login for definition in reached for login in _logins(code, definition)}
    return Calls(code, reached).actions() | {f"rds-db:connect as {login}" for login in logins}


def _logins(code: Code, definition: Definition) -> set[str]:
    """The database's roles that a definition names when it connects."""
    found = set()
    for node in ast.walk(definition.node):
        match node:
            case ast.Call(func=function, args=[ast.Constant(value=str(role)), *_]):
                target = code.resolve(definition.module, function)
                if target is not None and target.address in _LOGGING_IN:
                    found.add(role)
    return found


def _with_implied(actions: set[str]) -> set[str]:
    return actions.union(*(IMPLIED.get(action, set()) for action in actions))


def _as_actions(actions: str | list[str], resources: str | list[str]) -> set[str]:
    """A statement's actions; a login to the database with the role it is for."""
    if listed(actions) != ["rds-db:connect"]:
        return set(listed(actions))
    users = [resource.rpartition("/")[2] for resource in listed(resources)]
    # a role may have a login for each way to the database
    roles = {user.removesuffix("_direct").removesuffix("_proxied") for user in users}
    return {f"rds-db:connect as {role}" for role in roles}
