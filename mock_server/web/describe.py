"""The API described as OpenAPI, from the table of routes and what their endpoints take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import getdoc
from typing import TYPE_CHECKING, Any

from mock_server.web.http import VERSION
from mock_server.web.takes import Takes, takes_of
from mock_server.web.validate import Check, Described, Schema, schema_of

if TYPE_CHECKING:
    from mock_server.routes.table import Route

#: What lives behind the same address but is a service of its own (contract §15).
PROXY = "proxy"

_INNER_CAPITAL, _REFERENCE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])"), re.compile(r" \(contract §[^)]*\)")

_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string", "description": "The error's class."},
        "message": {"type": "string"},
        "code": {"type": "string", "examples": ["validation_error", "not_found"]},
        "type": {"type": "string", "examples": ["client_error", "server_error"]},
        "data": {"description": "More about it: of a validation error, the issues."},
    },
    "required": ["error", "message", "code", "type"],
}
_ABOUT = (
    "A simulated Akash market behind the Console API, with play money. Below /_mock/ are the time, the faults and the "
    "journal of each API key."
)


def document(dialect: str, *, scope: str = "full") -> dict[str, Any]:
    """The OpenAPI document of the mock in a dialect.

    Args:
        dialect: `live` or `guide`.
        scope: `full`, or `console` without the provider-proxy.
    """
    from mock_server.routes import ROUTES  # which holds this document's own route

    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        if route.dialect in (None, dialect) and (scope == "full" or tag_of(route) != PROXY):
            paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, dialect)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Akash Console API (mock)", "version": VERSION, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "responses": {"Error": _answer("The standard error.", {"$ref": "#/components/schemas/Error"})},
            "securitySchemes": {"ApiKeyAuth": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        },
    }


def tag_of(route: Route) -> str:
    """The group that an operation belongs to: the module of its endpoint."""
    return takes_of(route.endpoint).run.__module__.rpartition(".")[2]


def summary_of(route: Route) -> str:
    """An operation in one line: its name in words, and what its endpoint's docstring says after the path."""
    line = (getdoc(takes_of(route.endpoint).run) or "").partition("\n")[0]
    said = _REFERENCE.sub("", line.partition(": ")[2])
    words = _INNER_CAPITAL.sub(" ", route.name).lower().capitalize()
    return f"{words}: {said}" if said else f"{words}."


def _operation(route: Route, dialect: str) -> dict[str, Any]:
    taken = takes_of(route.endpoint)
    body = taken.body_in(dialect) if route.has_body else None
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": summary_of(route),
        "tags": [tag_of(route)],
        "security": [{"ApiKeyAuth": []}] if taken.needs_key_in(dialect) else [],
        "parameters": [*_path_parameters(route, taken), *_query_parameters(route, taken)],
        "responses": {
            str(taken.status): _answer("Done.", {}, taken.kind),
            "default": {"$ref": "#/components/responses/Error"},
        },
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema_of(body)}}}
    return found


def _path_parameters(route: Route, taken: Takes) -> Iterator[dict[str, Any]]:
    schemas = _properties(taken.params)
    for name in route.parameters:
        schema = schemas.get(name, {"type": "string"})
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route, taken: Takes) -> Iterator[dict[str, Any]]:
    required = schema_of(taken.query).get("required", ()) if taken.query else ()
    for name, schema in _properties(taken.query).items():
        if name not in route.parameters:
            yield {"name": name, "in": "query", "required": name in required, "schema": schema}


def _properties(check: Check | None) -> dict[str, Schema]:
    properties: dict[str, Schema] = check.schema.get("properties", {}) if isinstance(check, Described) else {}
    return properties


def _answer(about: str, schema: Schema, kind: str = "application/json") -> dict[str, Any]:
    return {"description": about, "content": {kind: {"schema": schema}}} if kind else {"description": about}
