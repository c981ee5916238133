"""The whole journey in the terminal, on the bundled mock: SDL to running service, and closed again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Literal, TextIO

import pandas as pd

from akash_nb import policy
from akash_nb.bids import Bids
from akash_nb.client import Client
from akash_nb.connection import HURRY, connect
from akash_nb.deployment import Activity, Deployment
from akash_nb.errors import NoChoiceError
from akash_nb.money import PriceModel, format_usd, format_usd_column
from akash_nb.policy import Choice
from akash_nb.session import Session
from akash_nb.units import format_duration

Dialect = Literal["live", "guide"]

WEB_SDL = """\
version: "2.0"
services:
  web:
    image: nginx:1.27
    expose:
      - port: 80
        as: 80
        to:
          - global: true
profiles:
  compute:
    web:
      resources:
        cpu:
          units: 0.5
        memory:
          size: 512Mi
        storage:
          size: 1Gi
  placement:
    anywhere:
      pricing:
        web:
          denom: uact
          amount: 1000
deployment:
  web:
    anywhere:
      profile: web
      count: 1
"""


def run(
    *,
    sdl: Path | None,
    deposit_usd: Decimal | str,
    dialect: Dialect,
    seed: int,
    instant: bool,
    out: TextIO | None = None,
) -> int:
    """Make the journey and print it; returns 0.

    Args:
        sdl: File to deploy; None deploys a small web server.
        instant: Let the mock's clock jump instead of waiting a part of the time.

    Raises:
        AkashError: A step failed; what was open is closed before it leaves.
    """
    from mock_server import MockConsole, Pacer  # the demo is all about the mock

    tell = _Teller(out or sys.stdout)
    console = MockConsole(seed=seed, dialect=dialect, block_seconds=PriceModel().block_seconds)
    with connect(mock=console if instant else Pacer(console, hurry=HURRY)) as session:
        _journey(session, session.sdl_text(sdl or WEB_SDL), deposit_usd, tell)
    return 0


def _journey(session: Session[Client], text: str, deposit_usd: Decimal | str, tell: _Teller) -> None:
    tell.line("Akash demo on the bundled MOCK market: no key, no network, no real money.\n")
    tell.step("certificate", str(session.certificate()))
    deployment = session.deploy(text, deposit_usd=deposit_usd)
    tell.step("deployment", f"{deployment.dseq}, {format_usd(Decimal(str(deposit_usd)))} locked in escrow")
    with _closed_at_the_end(deployment, tell), tell.following(deployment):
        bids = deployment.wait_for_bids()
        tell.step("bids", f"{len(bids.open)} open")
        tell.line(_table(bids))
        choice = _choose(deployment, bids)
        tell.step(
            "lease", "; ".join(f"{o.name} for {format_usd(bids.usd_per_hour(o))}/h" for o in choice.chosen.values())
        )
        status = deployment.wait_until_ready()
        for service in status.services:
            tell.step("service", f"{service.name} {service.ready}/{service.total} ready")
        for address in (*status.uris, *map(str, status.forwarded_ports)):
            tell.step("uri", address)
        money = deployment.deposit(1)
        tell.step("add funds", f"$1.00 more: {format_usd(money.left_usd)} left, {format_duration(money.seconds_left)}")
        deployment.update(text)
        tell.step("update", f"manifest sent again to {deployment.dseq}, same lease")


def _choose(deployment: Deployment[Client], bids: Bids) -> Choice:
    """The cheapest audited bids, leased; the cheapest of all where no audited one is there."""
    try:
        deployment.lease(policy.cheapest().audited())
    except NoChoiceError:
        deployment.lease(policy.cheapest())
    assert deployment.choice is not None  # noqa: S101  a lease sets it
    return deployment.choice


@contextmanager
def _closed_at_the_end(deployment: Deployment[Client], tell: _Teller) -> Iterator[None]:
    try:
        yield
    finally:
        receipt = deployment.close()
        tell.step("close", "leases closed, what was left is back in the wallet\n")
        tell.line(str(receipt))


def _table(bids: Bids, limit: int = 8) -> str:
    frame = bids.frame()
    shown = frame.loc[
        frame["state"] == "open", ["gseq", "provider", "usd_hour", "usd_month", "region", "audited", "uptime_7d", "gpu"]
    ]
    first = shown.head(limit)
    prices = {name: format_usd_column(_known(first[name])) for name in ("usd_hour", "usd_month")}
    rows = first.assign(**prices).to_string(index=False, formatters={"uptime_7d": lambda v: f"{v:.1%}"}, na_rep="–")
    more = f"\n… and {len(shown) - limit} more" if len(shown) > limit else ""
    return "\n".join(
        "    " + line for line in (rows + more + f"\n({frame.attrs['source']}, {bids.prices})").splitlines()
    )


def _known(column: pd.Series[float]) -> list[float | None]:
    return list(column.astype(object).where(column.notna(), None))


class _Teller:
    """Prints steps, and the progress of waits in place where the output is a terminal."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._in_place = out.isatty()
        self._pending = False

    def line(self, text: str) -> None:
        self._clear()
        print(text, file=self._out, flush=True)

    def step(self, name: str, text: str) -> None:
        self.line(f"  {name:<12} {text}")

    @contextmanager
    def following(self, deployment: Deployment[Client]) -> Iterator[None]:
        """Show what the deployment is doing while a verb waits."""

        def show(change: dict[str, object]) -> None:
            activity = change["new"]
            if isinstance(activity, Activity) and self._in_place:
                limit = f" of {activity.of_seconds:.0f}" if activity.of_seconds else ""
                print(
                    f"\r  …            {activity.text} ({activity.seconds:.0f}{limit} s)\033[K",
                    end="",
                    file=self._out,
                    flush=True,
                )
                self._pending = True

        deployment.observe(show, names="activity")
        try:
            yield
        finally:
            deployment.unobserve(show, names="activity")

    def _clear(self) -> None:
        if self._pending:
            print("\r\033[K", end="", file=self._out)
            self._pending = False
