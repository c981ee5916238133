"""Messages that the managed wallet signs and broadcasts in one transaction (contract §5)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from mock_server.chain import transaction
from mock_server.chain.draft import Api, Draft
from mock_server.chain.errors import NO_BALANCE, RELOAD_COMING
from mock_server.chain.messages import ACCOUNT_DEPOSIT, CREATE_DEPLOYMENT, CREATE_LEASE, MESSAGES
from mock_server.routes import leases
from mock_server.routes.deployments import bidding_of
from mock_server.supply.catalogue import TRIAL_BLOCKED
from mock_server.web.call import Call
from mock_server.web.http import MockResponse, error, reply
from mock_server.web.sdl_rules import gpu_label
from mock_server.web.takes import takes
from mock_server.web.validate import array, data, enum, obj, string, uuid
from mock_server.world import lifecycle
from mock_server.world.wire import DENOM

_TX = data(userId=uuid, messages=array(obj(typeUrl=enum(*MESSAGES), value=string()), minimum=1))
_NO_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


@takes(body=_TX, key=True)
def broadcast(call: Call) -> MockResponse:
    """POST /v1/tx: sign messages with the wallet's key and put them on chain, all of them or none."""
    wanted = call.body(_TX)["data"]
    call.require_user()
    types = [message["typeUrl"] for message in wanted["messages"]]
    contents = [_read(index, **message) for index, message in enumerate(wanted["messages"])]
    if wanted["userId"] != call.world.user_id:
        raise error(404, "UserWallet Not Found")
    made = [content for kind, content in zip(types, contents, strict=True) if kind == CREATE_DEPLOYMENT]
    _check_funds(call, types, made)
    for kind, content in zip(types, contents, strict=True):
        if kind == CREATE_LEASE:
            leases.check_provider(call, {**content["bid_id"], "dseq": str(content["bid_id"]["dseq"])})
    if call.world.wallet.trial and (blocked := list(dict.fromkeys(_blocked(made)))):
        raise error(402, f"{', '.join(blocked)} not available on free trial: Add funds to unlock GPU access")
    tx_hash = transaction.run(Draft(call.world, types, _free(call, types), _api(call)), contents)
    return reply({"data": {"code": 0, "hash": tx_hash, "transactionHash": tx_hash, "rawLog": ""}})


def _read(index: int, typeUrl: str, value: str) -> dict[str, Any]:  # noqa: N803  # the names of the API
    """What a message holds.

    Raises:
        ApiError: 400, it is no message of its type.
    """
    try:
        return MESSAGES[typeUrl].read(_from_base64(value))
    except ValueError:
        raise error(400, f"Failed to decode message at index {index} (typeUrl: {typeUrl})") from None


def _from_base64(text: str) -> bytes:
    """Bytes as Node reads base64: also of the kind for URLs, up to the padding, with all other characters left out."""
    kept = _NO_BASE64.sub("", text.partition("=")[0].translate({ord("-"): "+", ord("_"): "/"}))
    kept = kept[: len(kept) - (len(kept) % 4 == 1)]
    return base64.b64decode(kept + "=" * (-len(kept) % 4))


def _check_funds(call: Call, types: list[str], made: list[dict[str, Any]]) -> None:
    """What the API looks at before it signs: the wallet's state, the fee, and the deposits of all creates in sum.

    Raises:
        ApiError: 402, 409.
    """
    if CREATE_DEPLOYMENT in types or ACCOUNT_DEPOSIT in types:
        call.require_activated()
    else:
        call.require_fee()
    coins = [message["deposit"]["amount"] for message in made]
    total = sum(max(0, int(coin["amount"])) for coin in coins if coin["denom"] == DENOM)
    if made and call.is_short_of(max(total, 1)):
        raise error(402, RELOAD_COMING if lifecycle.plan_reload(call.world) else NO_BALANCE)


def _blocked(made: list[dict[str, Any]]) -> Iterator[str]:
    """The GPUs that new deployments name and a trial may not have, as the Console labels them."""
    resources = (entry["resource"] for message in made for group in message["groups"] for entry in group["resources"])
    for resource in resources:
        for attribute in resource["gpu"]["attributes"]:
            parts = attribute["key"].split("/")
            names = dict(zip(parts[::2], parts[1::2], strict=False))
            if names.get("model") in TRIAL_BLOCKED:
                yield gpu_label(names.get("vendor", ""), names["model"])


def _free(call: Call, types: list[str]) -> int:
    """What the wallet can deposit; nothing where that is what goes wrong."""
    broke = ACCOUNT_DEPOSIT in types and CREATE_DEPLOYMENT not in types and call.is_short_of(0)
    return 0 if broke else call.world.wallet.allowance


def _api(call: Call) -> Api:
    taken: set[tuple[str, int, int]] = set()
    return Api(
        bidding=lambda: bidding_of(call.faults),
        check_bid=lambda index, bid: leases.check_bid(call, index, bid, taken),
        lease=lambda dseq, chosen: leases.open_leases(call, dseq, chosen),
    )
