"""The types that users see, pinned. Checked by `mypy --strict tests/typing/api.py`, never run."""

from __future__ import annotations

from collections.abc import Coroutine
from decimal import Decimal
from typing import Any, assert_type

from akash_nb import sdl
from akash_nb.client import AsyncClient, Client
from akash_nb.deployment import Deployment
from akash_nb.models import (
    AddressDeployment,
    APIKey,
    Balances,
    Bid,
    Candidate,
    CertificatePair,
    CloudPrices,
    Created,
    DeploymentSetting,
    DeploymentStatus,
    Health,
    LogLine,
    Provider,
    Secret,
    ShellResult,
    TemplateSummary,
    UsageDay,
    WalletSettings,
)
from akash_nb.streams import Events, Follower, Logs


def blocking(client: Client) -> None:
    assert_type(client.deployments.create("sdl", deposit_usd=5), Created)
    assert_type(client.deployments.get("1"), DeploymentStatus)
    assert_type(client.deployments.list(), tuple[DeploymentStatus, ...])
    assert_type(client.deployments.deposit("1", "0.5"), DeploymentStatus | None)
    assert_type(client.deployments.close("1"), None)
    assert_type(client.deployments.by_address("akash1", limit=5), tuple[AddressDeployment, ...])
    assert_type(client.bids.list("1"), tuple[Bid, ...])
    assert_type(client.leases.create("[]", []), DeploymentStatus)
    assert_type(client.certificates.create(), CertificatePair | None)
    assert_type(client.wallet.balances(), Balances)
    assert_type(client.wallet.weekly_cost(), Decimal)
    assert_type(client.wallet.save_settings(auto_reload=False), WalletSettings)
    assert_type(client.account.create_jwt_token(ttl_s=60), Secret)
    assert_type(client.api_keys.create("mine"), APIKey)
    assert_type(client.deployment_settings.get("1"), DeploymentSetting)
    assert_type(client.providers.by_address([]), dict[str, Provider])
    assert_type(client.market.pricing([]), tuple[CloudPrices, ...])
    assert_type(client.market.screen({}), tuple[Candidate, ...])
    assert_type(client.templates.list(), tuple[TemplateSummary, ...])
    assert_type(client.usage.history("akash1"), tuple[UsageDay, ...])
    assert_type(client.health.readiness(), Health)
    client.deployments.get(1)  # type: ignore[arg-type]  # a dseq is text
    client.deployments.create("sdl", 5)  # type: ignore[call-arg]  # money is named
    client.deployments.nothing()  # type: ignore[attr-defined]  # unknown operations are errors, not Any


async def awaited(client: AsyncClient) -> None:
    create = client.deployments.create("sdl", deposit_usd=5)
    assert_type(create, Coroutine[Any, Any, Created])  # type: ignore[unused-coroutine]  # the one that is pinned
    assert_type(await create, Created)
    assert_type(await client.deployments.list(), tuple[DeploymentStatus, ...])
    assert_type(await client.bids.list("1"), tuple[Bid, ...])
    assert_type(await client.wallet.balances(), Balances)
    assert_type(await client.market.pricing([]), tuple[CloudPrices, ...])
    assert_type(await client.providers.list(), tuple[Provider, ...])
    assert_type(await client.health.liveness(), Health)
    await client.bids.list(1)  # type: ignore[arg-type]  # a dseq is text
    client.bids.list("1")  # type: ignore[unused-coroutine]  # a forgotten await is an error


def engine(text: str) -> None:
    compiled = sdl.compile(text)
    assert_type(compiled, sdl.Compiled)
    assert_type(compiled.ok, bool)
    assert_type(compiled.errors, tuple[sdl.Issue, ...])
    assert_type(compiled.groups, list[dict[str, Any]])
    assert_type(compiled.sdl, sdl.SDL | None)
    if compiled.sdl is not None:
        assert_type(compiled.sdl.services["web"].env, tuple[str, ...])
        assert_type(compiled.sdl.placements["akash"].max_prices["web"].amount, Decimal)
    found = sdl.diff(text, compiled)
    assert_type(found, sdl.Diff)
    assert_type([change.in_place for change in found], list[bool])
    assert_type(sdl.build(image="nginx:1.27", gpu="a100:2", ports=["8080:80"], max_price="$0.50/h"), str)
    assert_type(sdl.patch(text, "/services/web/image", "nginx:1.28"), str)
    assert_type(sdl.scaffold("web"), str)
    assert_type(sdl.resources(compiled), tuple[sdl.GroupResources, ...])
    sdl.build("nginx:1.27")  # type: ignore[call-arg]  # arguments are named
    sdl.build(image="nginx:1.27", memory=512)  # type: ignore[arg-type]  # a size has a unit


def running(deployment: Deployment[Client]) -> None:
    assert_type(deployment.logs("web", tail=5), Logs)
    assert_type(deployment.events(), Events)
    assert_type(deployment.shell(["ls", "-l"], timeout_s=5), ShellResult)
    assert_type(deployment.follow_logs(), Follower[LogLine])
    assert_type([line.service for line in deployment.follow_logs()], list[str])


async def running_awaited(deployment: Deployment[AsyncClient]) -> None:
    assert_type(await deployment.logs(), Logs)
    assert_type(await deployment.shell("ls"), ShellResult)
    assert_type([line.service async for line in deployment.follow_logs()], list[str])
