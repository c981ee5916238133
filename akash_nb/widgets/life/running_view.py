"""A running deployment as its view draws it: pure functions from session and deployment to JSON-ready values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from akash_nb.burn_down import BurnDown, burn_down
from akash_nb.deployment import Deployment
from akash_nb.models import DeploymentStatus, ForwardedPort, LeasedIP, LeaseEvent, LogLine
from akash_nb.models.stream import plain_text
from akash_nb.money import format_usd
from akash_nb.session import Session
from akash_nb.units import format_duration
from akash_nb.widgets.life import actions_view
from akash_nb.widgets.life import lifecycle_view as lifecycle

AnySession = Session[Any]
Maybe = Deployment[Any] | None

#: The buttons that this view has of the panel's.
ACTIONS = ("refresh", "deposit", "update", "close")

#: The size of the picture of the escrow; the page stretches it.
WIDTH, HEIGHT = 1000.0, 100.0

#: Ports that no browser speaks to: ssh, and the databases that people run.
_NO_WEB = frozenset({22, 3306, 5432, 6379, 27017})


def running_view(session: AnySession, deployment: Maybe, *, trouble: str) -> dict[str, Any]:
    """Everything but lines, events and output, which come as messages: they may hold secrets.

    Args:
        trouble: Why the figures are not up to date; empty when they are.
    """
    reasons = actions_view.reasons(session, deployment, can_stop=False)
    state = deployment.state if deployment else None
    return {
        **lifecycle.common(session, deployment, nothing="Nothing runs", trouble=trouble),
        "key": deployment.dseq if deployment else "",
        "runs": bool(deployment and deployment.stage in ("leased", "running")),
        "empty": why_nothing_runs(deployment),
        "ready": readiness(state),
        "services": list(services(state)) if state else [],
        "burn": burn_view(burn_of(session, deployment), session.now()),
        "actions": {name: {"why": reasons[name]} for name in ACTIONS},
    }


def why_nothing_runs(deployment: Maybe) -> str:
    """Why there is nothing to see; empty when there is."""
    if deployment is None:
        return "There is no deployment yet."
    return {
        "created": "Nothing runs yet: it waits for bids.",
        "bids": "Nothing runs yet: choose a bid and lease it.",
        "ended": "Its provider has ended the lease: nothing runs any more, and nothing is paid. Close it.",
        "closed": "It is closed: nothing runs any more.",
    }.get(deployment.stage, "")


def readiness(state: DeploymentStatus | None) -> str:
    """`1 of 2 services ready`; empty before anything is leased."""
    if state is None or not state.live_leases:
        return ""
    if not state.services:
        return "the provider has not reported yet"
    return f"{sum(service.is_ready for service in state.services)} of {len(state.services)} services ready"


def services(state: DeploymentStatus) -> Iterator[dict[str, Any]]:
    """Each service with its replicas, and where it can be reached: `[text, address or ""]`."""
    for service in state.services:
        ports = [port for port in state.forwarded_ports if port.service == service.name]
        ips = [ip for ip in state.ips if ip.service == service.name]
        yield {
            "name": service.name,
            "ready": f"{service.ready} of {service.total} ready",
            "is_ready": service.is_ready,
            "places": [
                *([uri, uri] for uri in service.web_addresses),
                *([str(port), _address(port.host, port)] for port in ports),
                *([str(ip), _address(ip.ip, ip)] for ip in ips),
            ],
        }


def _address(host: str, port: ForwardedPort | LeasedIP) -> str:
    """Where a browser goes; empty for what is none of its business."""
    if port.protocol.upper() != "TCP" or port.port in _NO_WEB or not host:
        return ""
    return f"http://{f'[{host}]' if ':' in host else host}:{port.external_port}"


# The escrow


def burn_of(session: AnySession, deployment: Maybe) -> BurnDown | None:
    """How the escrow went and will go; None before anything is leased, and where the time of creation is not known."""
    if deployment is None or deployment.state is None or deployment.created_at is None or not deployment.state.leases:
        return None
    money, now = deployment.runway, session.now()
    if money is None or not deployment.state.is_open:
        return None
    added = [
        (action.asked_at, Decimal(action.detail["usd"])) for action in session.journal.done("deposit", deployment.dseq)
    ]
    return burn_down(deployment.state, money, deployment.created_at, now, session.prices, added)


def burn_view(burn: BurnDown | None, now: datetime) -> dict[str, str] | None:
    """The picture: what was as `past`, what is to come as `ahead`, paths in a box of WIDTH x HEIGHT; and in words."""
    if burn is None:
        return None
    begin, left = burn.points[0][0], burn.points[-1][1]
    end = max(burn.ends_at or now, now)
    span = max((end - begin).total_seconds(), 1.0)
    top = max(max(usd for _, usd in burn.points), Decimal("0.000001"))

    def place(at: datetime, usd: Decimal) -> str:
        return f"{(at - begin).total_seconds() / span * WIDTH:.2f} {HEIGHT - float(usd / top) * HEIGHT:.2f}"

    past = "M" + " L".join(place(at, usd) for at, usd in burn.points)
    until = f"{burn.ends_at:%Y-%m-%d %H:%M} UTC" if burn.ends_at else ""
    lasts = f", empty in {format_duration(span_s)}" if (span_s := (end - now).total_seconds()) > 0 and until else ""
    return {
        "past": past,
        "area": f"{past} L{place(now, Decimal(0))} L{place(begin, Decimal(0))} Z",
        "ahead": f"M{place(now, left)} L{place(end, Decimal(0))}" if burn.ends_at else "",
        "now": f"{(now - begin).total_seconds() / span * WIDTH:.2f}",
        "top": format_usd(top),
        "begin": f"{begin:%Y-%m-%d %H:%M}",
        "until": f"empty {until}" if until else "nothing drains it",
        "words": f"Escrow: {format_usd(top)} at most, {format_usd(left)} left{lasts}.",
    }


# Lines


def log_rows(lines: Iterable[LogLine]) -> list[list[str]]:
    """Service, replica, text and mark of each line, as the page shows it."""
    return [[line.service, line.pod, str(line), ""] for line in lines]


def event_rows(events: Iterable[LeaseEvent]) -> list[list[str]]:
    """The same of events; a warning is marked."""
    return [
        [event.service, event.object, f"{event.reason}: {plain_text(event.note)}", "warn" * (event.type == "Warning")]
        for event in events
    ]


def names(state: DeploymentStatus | None) -> Sequence[str]:
    """The services of the deployment that the provider reports."""
    return [service.name for service in state.services] if state else []
