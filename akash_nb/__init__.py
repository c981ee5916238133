"""Rent compute on the Akash marketplace from a notebook, through the Akash Console API.

    import akash_nb as akash
    session = akash.connect()                        # no key: the bundled mock, marked as such
    deployment = session.deploy("deploy.yaml", deposit_usd=5)
    bids = deployment.wait_for_bids()                # .frame() is a DataFrame
    deployment.lease(akash.policy.cheapest().audited())
    deployment.status().uris
    deployment.close()

Every name below is loaded when it is first used, so that the import itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from akash_nb import charts, errors, policy, sdl, widgets
    from akash_nb.budgets import budget
    from akash_nb.client import AsyncClient, Client
    from akash_nb.connection import connect, connect_async
    from akash_nb.deployment import Deployment
    from akash_nb.money import PriceModel
    from akash_nb.session import Session

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "Client",
    "Deployment",
    "PriceModel",
    "Session",
    "__version__",
    "budget",
    "charts",
    "connect",
    "connect_async",
    "errors",
    "policy",
    "sdl",
    "widgets",
]

#: Public name -> (module, attribute); an empty attribute is the module itself.
_LAZY = {
    "AsyncClient": ("akash_nb.client", "AsyncClient"),
    "Client": ("akash_nb.client", "Client"),
    "Deployment": ("akash_nb.deployment", "Deployment"),
    "PriceModel": ("akash_nb.money", "PriceModel"),
    "Session": ("akash_nb.session", "Session"),
    "budget": ("akash_nb.budgets", "budget"),
    "charts": ("akash_nb.charts", ""),
    "connect": ("akash_nb.connection", "connect"),
    "connect_async": ("akash_nb.connection", "connect_async"),
    "errors": ("akash_nb.errors", ""),
    "policy": ("akash_nb.policy", ""),
    "sdl": ("akash_nb.sdl", ""),
    "widgets": ("akash_nb.widgets", ""),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'akash_nb' has no attribute {name!r}")
    module, attribute = _LAZY[name]
    loaded = importlib.import_module(module)
    value = getattr(loaded, attribute) if attribute else loaded
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
