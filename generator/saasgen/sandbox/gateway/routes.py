"""Which operation of the OpenAPI document a request is for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

ANY = "x-amazon-apigateway-any-method"
_VERBS = {"get", "put", "post", "delete", "patch", "head", "options"}


@dataclass(frozen=True)
class Route:
    """One operation of the API."""

    verb: str
    path: str
    operation: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]
    scopes: tuple[str, ...]
    authorizer: str | None

    @property
    def integration(self) -> Mapping[str, Any]:
        """Where API Gateway sends the request."""
        stated: Mapping[str, Any] = self.operation.get("x-amazon-apigateway-integration", {})
        return stated


@dataclass(frozen=True)
class Match:
    """A route and what its path parameters are in one request."""

    route: Route
    path_parameters: Mapping[str, str]


class RouteTable:
    """All routes of a document; a fixed segment goes before a parameter, as in API Gateway."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.routes = tuple(_routes(document))
        by_path: dict[str, dict[str, Route]] = {}
        for route in self.routes:
            by_path.setdefault(route.path, {})[route.verb] = route
        self._by_path = sorted(by_path.items(), key=lambda item: _specificity(item[0]))

    def match(self, verb: str, path: str) -> Match | None:
        """The route for a request; None if there is none."""
        segments = _segments(path)
        for template, verbs in self._by_path:
            parameters = _parameters(_segments(template), segments)
            if parameters is None:
                continue
            route = verbs.get(verb) or verbs.get("ANY")
            return Match(route, parameters) if route else None
        return None


def _routes(document: Mapping[str, Any]) -> Iterator[Route]:
    authorizers = {
        name
        for name, scheme in document.get("components", {}).get("securitySchemes", {}).items()
        if "x-amazon-apigateway-authorizer" in scheme
    }
    for path, item in document.get("paths", {}).items():
        for verb, operation in item.items():
            if verb not in _VERBS and verb != ANY:
                continue
            security = operation.get("security", document.get("security", []))
            stated = {name: scopes for one in security for name, scopes in one.items()}
            guard = next((name for name in stated if name in authorizers), None)
            yield Route(
                verb="ANY" if verb == ANY else verb.upper(),
                path=path,
                operation=operation,
                parameters=(*item.get("parameters", ()), *operation.get("parameters", ())),
                scopes=tuple(stated[guard]) if guard else (),
                authorizer=guard,
            )


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def _is_greedy(segment: str) -> bool:
    return segment.endswith("+}")


def _specificity(path: str) -> list[int]:
    return [_is_parameter(s) + _is_greedy(s) for s in _segments(path)]


def _parameters(template: list[str], segments: list[str]) -> dict[str, str] | None:
    """What the parameters of a template are in a path; None if it does not fit."""
    greedy = bool(template) and _is_greedy(template[-1])
    if len(segments) != len(template) and not (greedy and len(segments) > len(template)):
        return None
    found: dict[str, str] = {}
    for index, wanted in enumerate(template):
        if _is_greedy(wanted):
            found[wanted[1:-2]] = "/".join(segments[index:])
        elif _is_parameter(wanted):
            if not segments[index]:
                return None
            found[wanted[1:-1]] = segments[index]
        elif wanted != segments[index]:
            return None
    return found
