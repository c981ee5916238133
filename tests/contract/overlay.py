"""What the published schema gets wrong, as data, and the one function that puts it right.

`apply` takes the loaded document and gives a corrected copy. Every entry says why it is here, in the words of the
observable contract; a test fails as soon as one of them changes nothing any more, so that it can go. Extra fields need
no entry: the document never forbids them.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

Where = tuple[str, ...]

#: The Console's error body (contract §3), and the shorter one of the content type check (contract §1).
ERROR = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("error", "message", "code", "type")},
    "required": ["error", "message", "code", "type"],
}
BARE = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


@dataclass(frozen=True)
class Fix:
    """One correction.

    Attributes:
        where: The keys to the nodes; `*` stands for any one key, `**` for any number of them.
        change: Merged into each node; None takes a key away, and a `schema` is replaced as a whole.
        why: What the real service does.
        only: What a node must hold to be meant; a key with `...` must be there, whatever it holds.
    """

    where: Where
    change: dict[str, Any]
    why: str
    only: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Split:
    """A path that is really several: each gets the operations, with those parameters that its template names."""

    path: str
    into: tuple[str, ...]
    why: str


def answer(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    """A response of that shape."""
    return {"description": "See the overlay.", "content": {kind: {"schema": schema}}}


def operation(name: str) -> Where:
    """The keys to an operation, from `GET /v1/bids`."""
    method, path = name.split()
    return ("paths", path, method.lower())


def answers(name: str, *statuses: int, why: str) -> Fix:
    """Statuses that an operation has, with the Console's error body."""
    return Fix(operation(name), {"responses": {str(status): answer(ERROR) for status in statuses}}, why)


_ANY: Where = ("paths", "*", "*")
_BY_KEY = {"security": [{"BearerAuth": []}, {"ApiKeyAuth": []}]}
_WITH_BODY = {"requestBody": ...}
_DSEQ_TOO_BIG = "§3: a dseq beyond uint64 fails at the chain only, whose words come as a 500"

OVERLAY: tuple[Fix | Split, ...] = (
    Split(
        "/v1/market-data/{coin?}", ("/v1/market-data", "/v1/market-data/{coin}"), "an optional segment is no template"
    ),
    Fix((), {"servers": None}, "a host of the live service, which no test may reach"),
    Fix(("**",), {"pattern": "^[0-9]+$"}, "§1: the backslash got lost", only={"pattern": "^d+$"}),
    Fix(
        ("paths", "*", "*", "parameters", "*"),
        {"required": True},
        "a parameter in the path is always there",
        only={"in": "path"},
    ),
    Fix(("paths", "*", "*", "requestBody"), {"required": True}, "§3: without a body it is 400, malformed JSON"),
    Fix(
        operation("POST /v1/certificates"), {"security": []}, "§5: the constant answer comes without a look at the key"
    ),
    # Values that are not what is published.
    Fix(("**", "properties", "uris"), {"nullable": True}, "§18: null for a service without HTTP ingress"),
    Fix(("**", "properties", "forwarded_ports"), {"nullable": True}, "§18: null, not {}, when there are none"),
    Fix(("**", "properties", "ips"), {"nullable": True}, "§18: null, not {}, when there are none"),
    *(
        Fix(
            (*operation("GET /v1/providers/{address}"), "**", "properties", name),
            {"nullable": True},
            "§6: 0 becomes null; published for the list only",
        )
        for name in ("uptime1d", "uptime7d", "uptime30d")
    ),
    Fix(("**", "properties", "gpuUtilization"), {"type": "string"}, '§6: text, such as "100.00"'),
    # Answers that are not published.
    Fix(_ANY, {"responses": {"400": answer(ERROR)}}, "§2, §3: two kinds of credentials; what zod refuses"),
    Fix(_ANY, {"responses": {"401": answer(ERROR)}}, "§2: a wrong x-api-key is refused everywhere"),
    Fix(
        _ANY,
        {"responses": {"400": answer({"anyOf": [ERROR, BARE]})}},
        "§1: the content type check answers with `error` alone",
        only=_WITH_BODY,
    ),
    Fix(
        operation("POST /v1/certificates"),
        {"responses": {"400": answer({"anyOf": [ERROR, BARE]})}},
        "§5: the constant answer has `error` alone",
    ),
    Fix(
        operation("GET /v1/gpu"),
        {"responses": {"400": answer({"anyOf": [ERROR, BARE]})}},
        "§6: a bad provider is told with `error` alone",
    ),
    Fix(_ANY, {"responses": {"413": answer(ERROR)}}, "§1: the body is too large", only=_WITH_BODY),
    Fix(_ANY, {"responses": {"403": answer(ERROR), "404": answer(ERROR)}}, "§2: no wallet, or not ready", only=_BY_KEY),
    Fix(
        operation("GET /v1/providers/{address}"),
        {"responses": {"404": answer({}, "text/plain")}},
        "§6: this one 404 is text",
    ),
    answers("GET /v1/deployment/{owner}/{dseq}", 404, why="§5: published without a body"),
    answers("GET /v1/templates/{id}", 404, why="§7: published without a body"),
    answers("POST /v1/deployments", 402, 409, 500, why="§3, §5: funds; the wallet's state; what the SDL engine throws"),
    answers("POST /v1/deposit-deployment", 402, 409, 500, why="§3, §5: as above; a deposit of 0 fails at the chain"),
    answers("POST /v1/leases", 402, 422, 500, 503, why="§3, §5: trial GPUs; manifest refused; no such bid; no leases"),
    answers("PUT /v1/deployments/{dseq}", 402, 422, 500, 503, why=f"§5: as for leases. {_DSEQ_TOO_BIG}"),
    answers("DELETE /v1/deployments/{dseq}", 402, 500, why=f"§5: the fee. {_DSEQ_TOO_BIG}"),
    answers("GET /v1/deployments/{dseq}", 500, why=_DSEQ_TOO_BIG),
    answers("GET /v1/bids", 500, why=_DSEQ_TOO_BIG),
    answers("GET /v1/bids/{dseq}", 500, why=_DSEQ_TOO_BIG),
    answers("POST /v1/deployment-settings", 500, why="§7: a second one for the same deployment"),
    answers("POST /v2/deployment-settings", 500, why="§7: a second one for the same deployment"),
)

#: Published operations that the mock does not serve, and why. None: it serves all of them.
NOT_SERVED: dict[str, str] = {}

#: What the mock serves although it is not published, and why.
NOT_PUBLISHED = {
    "depositDeploymentGuide": "the guide's way to add funds (§21), in the guide dialect only",
    "redirectTemplates": "a redirect for old clients (§1)",
    "redirectTemplate": "a redirect for old clients (§1)",
    "listChainDeployments": "chain-REST look-alikes, left out of the published part of the schema (§5)",
    "getChainDeployment": "chain-REST look-alikes, left out of the published part of the schema (§5)",
    "listChainLeases": "chain-REST look-alikes, left out of the published part of the schema (§5)",
    "signTransaction": "left out of the published part of the schema (§5)",
    "getSdlSecretsContext": "newer than the published part of the schema (§5)",
    "getDocument": "the schema itself (§1)",
    "getPage": "the schema as a page (§1)",
    "getReadiness": "health checks are left out of the schema on purpose (§1)",
    "getLiveness": "health checks are left out of the schema on purpose (§1)",
    "getStatus": "the service's own page (§7)",
    "proxyProvider": "the provider-proxy (§15) is a service of its own; here it shares the port",
}


def apply(document: Any, entries: tuple[Fix | Split, ...] = OVERLAY) -> Any:
    """A corrected copy."""
    made = deepcopy(document)
    for entry in entries:
        if isinstance(entry, Split):
            _split(made["paths"], entry)
            continue
        for node in _nodes(made, entry.where):
            if _is_meant(node, entry.only):
                _merge(node, entry.change)
    return made


def _split(paths: dict[str, Any], entry: Split) -> None:
    operations = paths.pop(entry.path, {})
    for path in entry.into if operations else ():
        copied = paths[path] = deepcopy(operations)
        for one in copied.values():
            one["parameters"] = [p for p in one["parameters"] if p["in"] != "path" or f"{{{p['name']}}}" in path]


def _nodes(node: Any, where: Where) -> Iterator[Any]:
    if not where:
        yield node
        return
    first, rest = where[0], where[1:]
    if first == "**":
        yield from _nodes(node, rest)
    for key, child in _children(node):
        if first == "**":
            yield from _nodes(child, where)
        elif first in ("*", key):
            yield from _nodes(child, rest)


def _children(node: Any) -> list[tuple[str, Any]]:
    if isinstance(node, dict):
        return list(node.items())
    return [(str(index), child) for index, child in enumerate(node)] if isinstance(node, list) else []


def _is_meant(node: Any, only: dict[str, Any]) -> bool:
    return isinstance(node, dict) and all(
        key in node and (value is ... or node[key] == value) for key, value in only.items()
    )


def _merge(node: dict[str, Any], change: dict[str, Any]) -> None:
    for key, value in change.items():
        if value is None:
            node.pop(key, None)
        elif key != "schema" and isinstance(value, dict) and isinstance(node.get(key), dict):
            _merge(node[key], value)
        else:
            node[key] = deepcopy(value)
