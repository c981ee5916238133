"""What the service does by itself for a deployment: keep its escrow funded (contract §7)."""

from __future__ import annotations

from akash_nb.client import account
from akash_nb.client.call import Call, Flow, Repeat, send
from akash_nb.client.inputs import dseq_text
from akash_nb.client.operation import C_co, Resource, operation
from akash_nb.errors import MissingRouteError
from akash_nb.models import DeploymentSetting


def get(dseq: str) -> Flow[DeploymentSetting]:
    """Whether the service tops the deployment's escrow up by itself.

    **Asking sets it**: where nothing was set yet the service notes "on" for accounts with a wallet, for a dseq that
    does not exist, too.
    """
    try:
        return (
            yield from send(Call("getDeploymentSettings", "GET", _v2(dseq), DeploymentSetting.from_wire, dseq=dseq))
        )
    except MissingRouteError:
        path = yield from _v1(dseq)
    return (yield from send(Call("getDeploymentSettings", "GET", path, DeploymentSetting.from_wire, dseq=dseq)))


def set_auto_top_up(dseq: str, enabled: bool) -> Flow[DeploymentSetting]:
    """Let the service top the deployment's escrow up from the wallet, or not. On, **it spends by itself**, for as long
    as the deployment runs and the wallet holds out. Safe to repeat."""
    try:
        return (yield from send(_set(_v2(dseq), dseq, enabled)))
    except MissingRouteError:
        path = yield from _v1(dseq)
    return (yield from send(_set(path, dseq, enabled)))


def create(dseq: str, *, auto_top_up: bool = False) -> Call[DeploymentSetting]:
    """Note the setting of a deployment that has none yet; a second time the service fails. `set_auto_top_up` does not
    mind and is the better choice."""
    return Call(
        "createDeploymentSettings",
        "POST",
        "/v2/deployment-settings",
        DeploymentSetting.from_wire,
        json={"data": {"dseq": dseq_text(dseq), "autoTopUpEnabled": auto_top_up}},
        repeat=Repeat.NEVER,
        dseq=dseq,
        after_loss="client.deployment_settings.get(dseq) shows what is set.",
    )


class DeploymentSettings(Resource[C_co]):
    """What the service does by itself for a deployment."""

    get = operation(get)
    set_auto_top_up = operation(set_auto_top_up)
    create = operation(create)


def _set(path: str, dseq: str, enabled: bool) -> Call[DeploymentSetting]:
    body = {"data": {"autoTopUpEnabled": enabled}}
    return Call("updateDeploymentSettings", "PATCH", path, DeploymentSetting.from_wire, json=body, dseq=dseq)


def _v2(dseq: str) -> str:
    return f"/v2/deployment-settings/{dseq_text(dseq)}"


def _v1(dseq: str) -> Flow[str]:
    """The path in services of before March 2026, which want the account's id in it."""
    user = yield from send(account.me())
    return f"/v1/deployment-settings/{user.id}/{dseq_text(dseq)}"
