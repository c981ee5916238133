"""The provider-proxy (contract §15): what it lets through to a provider, and its words when it does not.

It knows no API keys. Who asks is said by a token or a certificate, which the provider's gateway checks once more.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from akash_nb.ids import is_address
from mock_server.faults import Faults
from mock_server.provider import gateway
from mock_server.provider.contact import is_reachable, unavailable
from mock_server.supply.fleet import by_address, by_host_uri
from mock_server.supply.provider import Provider
from mock_server.web.call import Call
from mock_server.web.http import ApiError, MockRequest, MockResponse, reply, text
from mock_server.web.takes import takes
from mock_server.web.validate import (
    Check,
    Issues,
    Path,
    address,
    boolean,
    described,
    enum,
    issue,
    number,
    obj,
    optional,
    schema_of,
    string,
    tagged,
)
from mock_server.world.state import World

_TOKEN_PATH, _CERT_PATH = ("auth", "token"), ("auth", "certPem")
_NUMBER_AT_END = re.compile(r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$")


class BadCertificateError(Exception):
    """A server shows a certificate that is not the one its provider has on chain; `code` says how."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: an https URL taken apart. `path` is decoded, `query` as it came."""

    origin: str
    path: str
    query: str

    @classmethod
    def of(cls, url: str) -> Target:
        """The target of a URL that was checked before."""
        parts = urlsplit(url)
        return cls(f"https://{parts.netloc.lower()}", unquote(parts.path), parts.query)


@described(type="string", format="uri", description="With https, of no IP address.")
def _url(value: Any, path: Path, issues: Issues) -> Any:
    if not isinstance(value, str):
        return string()(value, path, issues)
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or not parts.scheme:
        issues.append({"validation": "url", "code": "invalid_string", "message": "Invalid url", "path": list(path)})
    elif parts.scheme != "https" or host.endswith(".local") or _is_ip(host):
        issues.append(issue(path, "URL must use https protocol and cannot point to IP address"))
    return value


def _is_ip(host: str) -> bool:
    """Whether a host is an IP address; Node takes what ends in a number for one too, such as `127.1`."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NUMBER_AT_END.search(host) is not None
    return True


@described(**schema_of(address))
def _provider_address(value: Any, path: Path, issues: Issues) -> Any:
    if not isinstance(value, str):
        return string()(value, path, issues)
    if not is_address(value):
        issues.append(issue(path, "is not bech32 address"))
    return value


#: What a request over HTTP and a message over a WebSocket have in common.
_TARGET: dict[str, Check] = {
    "url": _url,
    "providerAddress": _provider_address,
    "auth": optional(tagged("type", mtls=obj(certPem=string(), keyPem=string()), jwt=obj(token=string()))),
}
_REQUEST = obj(
    method=enum("GET", "POST", "PUT", "DELETE"), body=optional(string()), timeout=optional(number()), **_TARGET
)
#: A message from a WebSocket's client (contract §16).
MESSAGE = tagged("type", ping=obj(), websocket=obj(data=optional(string()), isBase64=optional(boolean), **_TARGET))


@takes(body=_REQUEST)
def forward(call: Call) -> MockResponse:
    """POST /: one request to a provider's gateway, whose answer comes back as it is (contract §15)."""
    issues: Issues = []
    wanted = _REQUEST(call.json(), (), issues)
    issues = issues or credential_issues(wanted.get("auth"), call.world.now_ms)
    if issues:
        return reply({"success": False, "error": {"issues": issues, "name": "ZodError"}}, 400)
    target = Target.of(wanted["url"])
    try:
        provider = reach(call.world, call.faults, target, wanted["providerAddress"])
        caller = caller_of(call.world, wanted.get("auth"))
    except BadCertificateError as bad:
        return text(f"Invalid certificate error: {bad.code}", 495)
    return gateway.answer(call, provider, caller, wanted["method"], target.path, wanted.get("body", ""))


def owner_of(request: MockRequest) -> str | None:
    """The wallet on whose behalf a request to the proxy is made; None when it does not say."""
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return named_owner(sent.get("auth")) if isinstance(sent, dict) else None


def named_owner(auth: Any) -> str | None:
    """The wallet that a token or a certificate names, which is not proved by that."""
    if not isinstance(auth, dict):
        return None
    if isinstance(auth.get("token"), str):
        from mock_server.provider import tokens  # cryptography is heavy

        return str((tokens.read(auth["token"]) or {}).get("iss"))
    if isinstance(auth.get("certPem"), str):
        from mock_server.provider import certificates  # cryptography is heavy

        return certificates.owner_of(auth["certPem"])
    return None


def credential_issues(auth: dict[str, Any] | None, now_ms: int) -> Issues:
    """What the proxy itself finds wrong with a token or a certificate, as zod's issues."""
    if auth is None:
        return []
    if auth["type"] == "mtls":
        from mock_server.provider import certificates  # cryptography is heavy

        reason = certificates.attribute_problem(auth["certPem"], now_ms)
        found = {**issue(_CERT_PATH, "is not a valid certificate"), "params": {"reason": reason}}
        return [found] if reason else []
    from mock_server.provider import tokens  # cryptography is heavy

    payload = tokens.read(auth["token"])
    problems = ["Invalid token"] if payload is None else tokens.payload_problems(payload, now_ms)
    return [{**issue(_TOKEN_PATH, "is not a valid JWT token"), "params": {"errors": problems}}] if problems else []


def is_expired(issues: Issues) -> bool:
    """Whether the issues say that a token ran out, which is told apart on a WebSocket (contract §16)."""
    return any("Token has expired" in found.get("params", {}).get("errors", ()) for found in issues)


def reach(world: World, faults: Faults, target: Target, address: str) -> Provider:
    """The provider that answers at a URL.

    Raises:
        ApiError: 503, nobody answers there; 400, it is this very machine.
        BadCertificateError: It is not the provider that was meant.
    """
    if urlsplit(target.origin).hostname == "localhost":
        raise _refused(("url",))
    found = by_host_uri(world.seed, world.fleet).get(target.origin)
    if found is None or not is_reachable(world, faults, found):
        raise ApiError(text(unavailable(target.origin), 503))
    if found.address != address:
        known = address in by_address(world.seed, world.fleet)
        raise BadCertificateError("fingerprintMismatch" if known else "unknownCertificate")
    return found


def caller_of(world: World, auth: dict[str, Any] | None) -> gateway.Caller | None:
    """Who asks, proved; None for an anonymous caller.

    Raises:
        ApiError: 401 from the gateway for a forged token, 400 for a certificate that fails the TLS handshake.
    """
    if auth is None:
        return None
    owner = named_owner(auth)
    if auth["type"] == "jwt":
        from mock_server.provider import tokens  # cryptography is heavy

        payload = tokens.read(auth["token"]) or {}
        if owner != world.wallet.address or not tokens.is_genuine(world.seed, auth["token"]):
            raise gateway.refused(401, "JWT is invalid")
        return gateway.Caller(owner, payload["leases"])
    from mock_server.provider import certificates  # cryptography is heavy

    if owner is None or certificates.problem(auth["certPem"], auth["keyPem"], world.certificates):
        raise _refused(_CERT_PATH)
    return gateway.Caller(owner)


def _refused(path: Path) -> ApiError:
    """What the proxy says when it has tried to connect and found that it must not, ready to raise."""
    issues = [{"path": list(path), "params": {"reason": "invalid"}}]
    return ApiError(reply({"error": {"code": "custom", "issues": issues}}, 400))
