"""The wallet behind the key: what it holds, what it costs per week, how it refills (contract §7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from akash_nb.client import inputs
from akash_nb.client.call import Call
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.models import Balances, WalletInfo, WalletSettings
from akash_nb.money import to_decimal

#: What the service accepts for automatic recharge, in US dollars (contract §7).
MINIMUM_THRESHOLD_USD = Decimal(5)
MINIMUM_RELOAD_USD = Decimal(20)
MAXIMUM_RELOAD_USD = Decimal(10_000)


def balances(address: str | None = None) -> Call[Balances]:
    """What is free and what is bound in escrow, in US dollars. The service keeps it for about 6 s, so a read right
    after spending may be old.

    Args:
        address: Any wallet; None for the key's own.
    """
    return Call(
        "getBalances", "GET", "/v1/balances", Balances.from_wire, params={"address": address} if address else {}
    )


def wallets(user_id: str) -> Call[tuple[WalletInfo, ...]]:
    """The wallets of an account: one, or none while it is being set up and for other people's accounts.

    Args:
        user_id: The account's UUID, `account.me().id`.
    """
    return Call("listWallets", "GET", "/v1/wallets", _wallets, params={"userId": user_id})


def weekly_cost() -> Call[Decimal]:
    """US dollars per week of the running deployments that the service keeps funded by itself; 0 when there are none."""
    return Call("getWeeklyCost", "GET", "/v1/weekly-cost", lambda value: to_decimal(value["weeklyCost"]))


def get_settings() -> Call[WalletSettings]:
    """How the wallet recharges itself.

    Raises:
        NotFoundError: It was never set: the wallet does not.
    """
    return Call("getWalletSettings", "GET", "/v1/wallet-settings", WalletSettings.from_wire)


def save_settings(
    *,
    auto_reload: bool,
    mode: Literal["threshold", "prediction"] | None = None,
    threshold_usd: Decimal | float | str | None = None,
    amount_usd: Decimal | float | str | None = None,
) -> Call[WalletSettings]:
    """Set how the wallet recharges itself. **On, the service charges your saved payment method by itself.**

    Args:
        mode: See `WalletSettings`; None keeps what is set, at first `prediction`.
        threshold_usd: US dollars, 5 to 10,000; None keeps what is set, at first 20.
        amount_usd: US dollars per charge, 20 to 10,000; None keeps what is set, at first 100.

    Raises:
        InvalidInputError: An amount is out of its range; nothing was sent.
        ForbiddenError: There is no default payment method to charge.
        NotFoundError: Payments were never set up.
    """
    data: dict[str, Any] = {"autoReloadEnabled": auto_reload}
    if mode is not None:
        data["autoReloadMode"] = mode
    if threshold_usd is not None:
        data["autoReloadThreshold"] = _reload_usd(threshold_usd, MINIMUM_THRESHOLD_USD)
    if amount_usd is not None:
        data["autoReloadAmount"] = _reload_usd(amount_usd, MINIMUM_RELOAD_USD)
    return Call("updateWalletSettings", "PUT", "/v1/wallet-settings", WalletSettings.from_wire, json={"data": data})


def delete_settings() -> Call[None]:
    """Forget how the wallet recharges itself: it does not any more.

    Raises:
        NotFoundError: Nothing was set.
    """
    return Call("deleteWalletSettings", "DELETE", "/v1/wallet-settings", lambda _: None)


class Wallet(Resource[C_co]):
    """The wallet behind the key."""

    balances = operation(balances)
    wallets = operation(wallets)
    weekly_cost = operation(weekly_cost)
    get_settings = operation(get_settings)
    save_settings = operation(save_settings)
    delete_settings = operation(delete_settings)


def _reload_usd(value: Decimal | float | str, minimum: Decimal) -> float:
    return float(inputs.amount_usd(value, minimum=minimum, maximum=MAXIMUM_RELOAD_USD))


def _wallets(value: Any) -> tuple[WalletInfo, ...]:
    return tuple(WalletInfo.from_wire(item) for item in value)
