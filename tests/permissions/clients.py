"""Which AWS actions definitions call on the clients they make, pass on and return."""

import ast
from collections.abc import Iterator
from functools import cache

import botocore.session
from botocore import xform_name

from tests.permissions.code import Code, Definition, parameters

# Operations whose permission has another name (Service Authorization Reference).
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
# What a client offers beside operations.
_NO_OPERATIONS = {"exceptions", "meta", "close"}
_BY_NAME = {"generate_presigned_url", "get_paginator", "get_waiter"}
# What makes several operations into one.
_TRANSFERS = {"upload_fileobj": ("put_object", "abort_multipart_upload")}


class Unclear(AssertionError):
    """A client goes where it cannot be followed: write the code, or this reader, plainer."""


class Calls:
    """The calls of AWS in some definitions."""

    def __init__(self, code: Code, definitions: list[Definition]) -> None:
        self._code = code
        self._definitions = definitions
        self._passed: dict[tuple[str, str], str] = {}  # (address, parameter) -> service
        self._returned: dict[str, str | None] = {}  # address -> service

    def actions(self) -> set[str]:
        """The actions as IAM names them.

        Raises:
            Unclear: it cannot be said what is called.
        """
        while True:  # a client that is passed on may be passed on again
            known = len(self._passed)
            found = {action for definition in self._definitions for action in self._of(definition)}
            if len(self._passed) == known:
                return found

    def _of(self, definition: Definition) -> Iterator[str]:
        bound = self._bound(definition)
        parents = {
            child: node
            for node in ast.walk(definition.node)
            for child in ast.iter_child_nodes(node)
        }
        for node in ast.walk(definition.node):
            service = self._service(definition, node, bound)
            if service is not None:
                yield from self._use(definition, node, parents, service)

    def _use(
        self, at: Definition, client: ast.AST, parents: dict[ast.AST, ast.AST], service: str
    ) -> Iterator[str]:
        """What is done with a client where it stands."""
        parent = parents[client]
        match parent:
            case ast.Attribute(attr=attribute) if attribute in _NO_OPERATIONS:
                return
            case ast.Attribute(attr=attribute) if attribute in _BY_NAME:
                match parents[parent]:
                    case ast.Call(args=[ast.Constant(value=str(operation)), *_]):
                        yield action(service, operation)
                        return
            case ast.Attribute(attr=method):
                for operation in _TRANSFERS.get(method, (method,)):
                    yield action(service, operation)
                return
            case ast.Return() | ast.Assign() | ast.AnnAssign():
                return
            case ast.Call(func=function, args=arguments) if client in arguments:
                taker = self._code.resolve(at.module, function)
                if taker is not None:
                    position = arguments.index(client)  # type: ignore[arg-type]
                    self._passed[taker.address, parameters(taker)[position]] = service
                    return
        raise Unclear(f"{at.address}, line {parent.lineno}: what becomes of the {service} client?")  # type: ignore[attr-defined]

    def _bound(self, definition: Definition) -> dict[str, str]:
        """Names and attributes that hold a client in a definition."""
        address = definition.address
        bound = {name: s for (taker, name), s in self._passed.items() if taker == address}
        for node in ast.walk(definition.node):
            match node:
                case ast.Assign(targets=[target], value=value):
                    service = self._service(definition, value, bound)
                    if service is not None:
                        bound[ast.unparse(target)] = service
        return bound

    def _service(self, definition: Definition, node: ast.AST, bound: dict[str, str]) -> str | None:
        """The service whose client an expression is."""
        match node:
            case ast.Call(
                func=ast.Attribute(attr="client"), args=[ast.Constant(value=str(service)), *_]
            ):
                return service
            case ast.Call(func=function):
                maker = self._code.resolve(definition.module, function)
                return self._returned_by(maker) if maker is not None else None
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()):
                return bound.get(ast.unparse(node))
        return None

    def _returned_by(self, maker: Definition) -> str | None:
        """The service whose client a function returns."""
        if maker.address not in self._returned:
            self._returned[maker.address] = None  # what calls itself makes no client by that
            bound = self._bound(maker)
            returns = [n.value for n in ast.walk(maker.node) if isinstance(n, ast.Return)]
            services = (
                self._service(maker, value, bound) for value in returns if value is not None
            )
            self._returned[maker.address] = next(filter(None, services), None)
        return self._returned[maker.address]


def action(service: str, method: str) -> str:
    """The permission that a client's method needs, such as `sns:Publish`.

    Raises:
        Unclear: the service has no such operation.
    """
    prefix, operations = _service_model(service)
    if method not in operations:
        raise Unclear(f"{service} has no operation {method}")
    named = f"{prefix}:{operations[method]}"
    return _ACTIONS.get(named, named)


@cache
def _service_model(service: str) -> tuple[str, dict[str, str]]:
    """What IAM calls a service (what its requests are signed for), and operations by method."""
    model = botocore.session.get_session().get_service_model(service)
    return model.signing_name, {xform_name(name): name for name in model.operation_names}
