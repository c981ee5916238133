"""The endpoints of a client, grouped by subject: one list for both clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from akash_nb.client.account import Account
from akash_nb.client.api_keys import APIKeys
from akash_nb.client.bids import Bids
from akash_nb.client.certificates import Certificates
from akash_nb.client.deployment_settings import DeploymentSettings
from akash_nb.client.deployments import Deployments
from akash_nb.client.health import HealthChecks
from akash_nb.client.leases import Leases
from akash_nb.client.market import Market
from akash_nb.client.providers import Providers
from akash_nb.client.templates import Templates
from akash_nb.client.usage import Usage
from akash_nb.client.wallet import Wallet

if TYPE_CHECKING:
    from akash_nb.client.drivers import AsyncClient, Client

C = TypeVar("C", bound="Client | AsyncClient")


class Resources(Generic[C]):
    """All groups of endpoints, each typed by the client that runs it.

    Attributes:
        certificates: Certificate pairs, the guide's first step; gone from the live service.
        deployments: Create, watch, update, fund and close deployments.
        bids: What providers offer for them.
        leases: Accept bids.
        deployment_settings: Automatic funding of a deployment.
        wallet: Balances, cost per week, automatic recharge.
        account: Who the key belongs to; tokens for providers.
        api_keys: Make and revoke keys.
        providers: Who rents compute out; public.
        market: GPUs, prices, capacity, screening; public.
        templates: Ready-made SDLs; public.
        usage: What an address spent; public.
        health: Whether the service is well; public.
    """

    def __init__(self, client: C) -> None:
        self.certificates = Certificates(client)
        self.deployments = Deployments(client)
        self.bids = Bids(client)
        self.leases = Leases(client)
        self.deployment_settings = DeploymentSettings(client)
        self.wallet = Wallet(client)
        self.account = Account(client)
        self.api_keys = APIKeys(client)
        self.providers = Providers(client)
        self.market = Market(client)
        self.templates = Templates(client)
        self.usage = Usage(client)
        self.health = HealthChecks(client)
