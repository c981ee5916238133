"""Money and its history: balances, wallets, wallet settings, weekly cost, usage (contract §7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from mock_server.web.call import Call
from mock_server.web.http import ApiError, MockResponse, error, reply
from mock_server.web.javascript import cents, printed
from mock_server.web.takes import takes
from mock_server.web.validate import (
    address,
    boolean,
    data,
    enum,
    invalid,
    issue,
    matching,
    number,
    obj,
    optional,
    uuid,
)
from mock_server.world import chance, escrow, lifecycle
from mock_server.world.clock import DAY, instant_of, iso
from mock_server.world.state import Deployment, WalletSetting, World
from mock_server.world.wire import DENOM

#: The least that a card is charged, USD (contract §14).
MINIMUM_TOP_UP_USD = 20

_SETTING = data(
    autoReloadEnabled=boolean,
    autoReloadMode=optional(enum("threshold", "prediction")),
    autoReloadThreshold=optional(number(minimum=5, maximum=10_000, step="0.01")),
    autoReloadAmount=optional(number(minimum=20, maximum=10_000, step="0.01")),
)
_DAY = matching(r"\d{4}-\d{2}-\d{2}", "Invalid date format, must be YYYY-MM-DD")
_ADDRESS, _USER = obj(address=optional(address)), obj(userId=uuid)
_DAYS = obj(address=address, startDate=optional(_DAY), endDate=optional(_DAY))


@takes(query=_ADDRESS)
def balances(call: Call) -> MockResponse:
    """GET /v1/balances: micro-units, of the caller or of any address; escrow as last settled."""
    wanted = call.query(_ADDRESS).get("address")
    own = call.world.wallet if wanted else call.wallet()
    if wanted not in (None, own.address):
        return reply({"data": {"balance": 0, "deployments": 0, "total": 0}})
    free, held = _balances(call)
    return reply({"data": {"balance": free, "deployments": held, "total": free + held}})


def _balances(call: Call) -> tuple[int, int]:
    """What is in the wallet and in escrow: now, or as the Console remembers it where its memory is slow.

    What it remembers is served once more after its time, while it is worked out anew (contract §13).
    """
    world = call.world
    now = (world.now_ms, world.wallet.allowance, world.escrowed)
    rule = call.faults.strikes("stale_balances")
    if rule is None:
        return now[1:]
    known = world.balances_read or now
    if world.balances_read is None or world.now_ms - known[0] > rule.seconds * 1000:
        world.balances_read = now
    return known[1:]


@takes(query=_USER, key=True)
def list_wallets(call: Call) -> MockResponse:
    """GET /v1/wallets: the caller's wallet, once it is activated; nothing for another user's id."""
    user = call.query(_USER)["userId"]
    wallet = call.wallet()
    if user != call.world.user_id or not wallet.activated:
        return reply({"data": []})
    row = {
        "id": 1 + chance.below(90_000, call.world.seed, "wallet id", call.world.tenant),
        "userId": user,
        "address": wallet.address,
        "creditAmount": wallet.allowance,
        "isTrialing": wallet.trial,
        "createdAt": iso(call.world.created_ms),
        "denom": DENOM,
        "topUpMinAmountUsd": MINIMUM_TOP_UP_USD,
    }
    return reply({"data": [row]})


@takes(key=True)
def get_setting(call: Call) -> MockResponse:
    """GET /v1/wallet-settings: whether and how the wallet is refilled by itself."""
    return _setting_reply(call)


@takes(body=_SETTING, key=True)
def put_setting(call: Call) -> MockResponse:
    """POST and PUT /v1/wallet-settings: the same upsert. A trial has no payment method yet."""
    wanted = call.body(_SETTING)["data"]
    wallet = call.wallet()
    if wanted["autoReloadEnabled"] and wallet.trial:
        raise error(404, "User payments not set up")
    world, row = call.world, call.world.wallet_setting
    if row is None:
        row_id = chance.uuid(world.seed, "wallet setting", world.tenant)
        row = WalletSetting(row_id, False, "prediction", Decimal(20), Decimal(100), world.now_ms, world.now_ms)
        world.wallet_setting = row
    row.enabled = wanted["autoReloadEnabled"]
    row.mode = wanted.get("autoReloadMode", row.mode)
    row.threshold_usd = Decimal(str(wanted.get("autoReloadThreshold", row.threshold_usd)))
    row.amount_usd = Decimal(str(wanted.get("autoReloadAmount", row.amount_usd)))
    row.updated_ms = world.now_ms
    lifecycle.reload_if_low(world)
    return _setting_reply(call)


@takes(key=True, status=204, kind="")
def delete_setting(call: Call) -> MockResponse:
    """DELETE /v1/wallet-settings: the wallet is no longer refilled by itself."""
    _setting(call)
    call.world.wallet_setting = None
    return MockResponse(204)


@takes(key=True)
def weekly_cost(call: Call) -> MockResponse:
    """GET /v1/weekly-cost: USD, of running deployments with a settings row that is on."""
    call.wallet()
    rows = {dseq for dseq, row in call.world.settings.items() if row.auto_top_up}
    running = (d for d in call.world.running() if d.dseq in rows)
    costs = (escrow.rate(deployment.escrow) * lifecycle.BLOCKS_PER_WEEK for deployment in running)
    micro = sum(int(cost.to_integral_value(ROUND_FLOOR)) for cost in costs)
    return reply({"data": {"weeklyCost": cents(micro / 1e6)}})


@takes(query=_DAYS)
def usage(call: Call) -> MockResponse:
    """GET /v1/usage/history: one row per day, both ends included; zeros for an unknown address."""
    return reply(list(_usage_rows(call)))


@takes(query=_DAYS)
def usage_stats(call: Call) -> MockResponse:
    """GET /v1/usage/history/stats: the same days in sum and on average."""
    rows = list(_usage_rows(call))
    spent = sum(row["dailyUsdSpent"] for row in rows)
    first, last = rows[0]["date"], rows[-1]["date"]
    own = call.request.query.get("address") == call.world.wallet.address
    made = [_date(call.world, d.created_height).isoformat() for d in call.world.deployments.values()] if own else []
    count = sum(1 for day in made if first <= day <= last)
    return reply(
        {
            "totalSpent": cents(spent),
            "averageSpentPerDay": cents(spent / len(rows)),
            "totalDeployments": count,
            "averageDeploymentsPerDay": cents(count / len(rows)),
        }
    )


def _setting(call: Call) -> WalletSetting:
    call.wallet()
    row = call.world.wallet_setting
    if row is None:
        raise error(404, "WalletSetting Not Found")
    return row


def _setting_reply(call: Call) -> MockResponse:
    row = _setting(call)
    wallet_id = 1 + chance.below(90_000, call.world.seed, "wallet id", call.world.tenant)
    body = {
        "autoReloadEnabled": row.enabled,
        "autoReloadMode": row.mode,
        "autoReloadThreshold": printed(float(row.threshold_usd)),
        "autoReloadAmount": printed(float(row.amount_usd)),
        "id": row.id,
        "walletId": wallet_id,
        "userId": call.world.user_id,
        "createdAt": iso(row.created_ms),
        "updatedAt": iso(row.updated_ms),
    }
    return reply({"data": body})


def _usage_rows(call: Call) -> Iterator[dict[str, Any]]:
    wanted = call.query(_DAYS)
    first, last = _range(call.world, wanted.get("startDate"), wanted.get("endDate"))
    own = wanted["address"] == call.world.wallet.address
    found = list(call.world.deployments.values()) if own else []
    total = float(_spent(call.world, found, 0, _ms(first)))
    day = first
    while day <= last:
        start, end = _ms(day), min(_ms(day) + DAY, call.world.now_ms)
        spent = float(_spent(call.world, found, start, max(start, end)))
        total += spent
        daily, until_now = cents(spent), cents(total)
        yield {
            "date": day.isoformat(),
            "activeDeployments": sum(1 for d in found if _lived(call.world, d, start, start + DAY)),
            "dailyAktSpent": 0,
            "totalAktSpent": 0,
            **{f"daily{unit}Spent": daily for unit in ("Usdc", "Act", "Usd")},
            **{f"total{unit}Spent": until_now for unit in ("Usdc", "Act", "Usd")},
        }
        day += timedelta(days=1)


def _range(world: World, start: str | None, end: str | None) -> tuple[date, date]:
    try:
        last = date.fromisoformat(end) if end else datetime.fromtimestamp(world.now_ms / 1000, UTC).date()
        first = date.fromisoformat(start) if start else last - timedelta(days=30)
    except ValueError:
        raise _wrong_range() from None
    if first > last or (last - first).days > 366:
        raise _wrong_range()
    return first, last


def _wrong_range() -> ApiError:
    return invalid([issue((), "Date range cannot exceed 366 days and startDate must be before endDate")])


def _spent(world: World, deployments: list[Deployment], start_ms: int, end_ms: int) -> Decimal:
    """USD that leases cost between two instants, by price and time."""
    total = Decimal(0)
    for deployment in deployments:
        for lease in deployment.leases:
            begun = instant_of(lease.created_height, world.block_ms)
            ended = instant_of(lease.closed_height, world.block_ms) if lease.closed_height else world.now_ms
            overlap = min(ended, end_ms) - max(begun, start_ms)
            total += lease.price * max(0, overlap) / world.block_ms
    return total / 1_000_000


def _lived(world: World, deployment: Deployment, start_ms: int, end_ms: int) -> bool:
    closed = deployment.closed_height
    ended = world.now_ms if closed is None else instant_of(closed, world.block_ms)
    return instant_of(deployment.created_height, world.block_ms) < end_ms and ended >= start_ms


def _date(world: World, height: int) -> date:
    return datetime.fromtimestamp(instant_of(height, world.block_ms) / 1000, UTC).date()


def _ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)
