"""The chain-REST look-alikes that the web app falls back to (contract §5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mock_server import MockConsole
from tests.mock_server.conftest import TWO_GROUPS, Tenant, sdl

DEPLOYMENTS = "/akash/deployment/v1beta4/deployments/list"
INFO = "/akash/deployment/v1beta4/deployments/info"
LEASES = "/akash/market/v1beta5/leases/list"
STRANGER = "akash1365yvmc4s7awdyj3n2sav7xfx76adc6dnmlx63"


@pytest.fixture
def owner(console: MockConsole) -> str:
    with console.world() as world:
        return world.wallet.address


def get(tenant: Tenant, path: str, **query: Any) -> Any:
    """The answer to a query whose dots are written as double underscores."""
    response = tenant.http.get(path, params={name.replace("__", "."): value for name, value in query.items()})
    assert response.status_code == 200, response.text
    return response.json()


def dseqs(tenant: Tenant, **query: Any) -> list[str]:
    return [entry["deployment"]["id"]["dseq"] for entry in get(tenant, DEPLOYMENTS, **query)["deployments"]]


def test_a_deployment_is_told_as_the_indexer_knows_it(console: MockConsole, tenant: Tenant, owner: str) -> None:
    dseq = tenant.run(console, sdl())
    known = tenant.get(dseq)

    found = get(tenant, INFO, id__owner=owner, id__dseq=dseq)

    assert found["deployment"] == {**known["deployment"], "hash": "unknown_value"}
    ours, theirs = found["escrow_account"]["state"], known["escrow_account"]["state"]
    assert {name: ours[name] for name in ("funds", "transferred", "settled_at", "state")} == {
        name: theirs[name] for name in ("funds", "transferred", "settled_at", "state")
    }
    assert [(d["owner"], d["source"]) for d in ours["deposits"]] == [(owner, "balance")]
    (group,) = found["groups"]
    assert group["id"] == {"owner": owner, "dseq": dseq, "gseq": 1}
    assert (group["state"], group["group_spec"]["name"]) == ("open", "unknown_value")
    (unit,) = group["group_spec"]["resources"]
    assert unit["resource"]["cpu"]["units"]["val"] == "500"
    assert unit["price"] == {"denom": "uact", "amount": "1000.000000000000000000"}


def test_all_volumes_of_a_unit_are_one_figure(tenant: Tenant, owner: str) -> None:
    volumes = "[{size: 1Gi}, {name: data, size: 2Gi, attributes: {persistent: true, class: beta3}}]"
    text = sdl().replace("storage: {size: 512Mi}", f"storage: {volumes}")
    text = text.replace("image: nginx:1.27", "image: nginx:1.27\n    params: {storage: {data: {mount: /data}}}")
    dseq = tenant.create(text)["dseq"]

    group = get(tenant, INFO, id__owner=owner, id__dseq=dseq)["groups"][0]

    (storage,) = group["group_spec"]["resources"][0]["resource"]["storage"]
    assert storage["quantity"]["val"] == str(3 * 2**30)


@pytest.mark.parametrize("query", [{"id.dseq": "999"}, {"id.owner": STRANGER}, {"id.dseq": "nonsense"}])
def test_what_is_not_there_is_told_as_a_node_does(tenant: Tenant, owner: str, query: dict[str, str]) -> None:
    tenant.create(sdl())
    response = tenant.http.get(INFO, params={"id.owner": owner, "id.dseq": "1", **query})

    assert response.status_code == 404
    assert response.json() == {"code": 5, "message": "deployment not found", "details": []}


def test_the_owner_and_dseq_of_a_deployment_must_be_given(tenant: Tenant) -> None:
    response = tenant.http.get(INFO)

    assert response.status_code == 400
    assert [entry["path"] for entry in response.json()["data"]] == [["id.owner"], ["id.dseq"]]


def test_deployments_are_filtered_by_state_and_owner(tenant: Tenant, owner: str) -> None:
    open_, closed = (tenant.create(sdl())["dseq"] for _ in range(2))
    tenant.close(closed)

    assert dseqs(tenant) == [open_, closed]
    assert dseqs(tenant, filters__owner=owner, filters__state="active") == [open_]
    assert dseqs(tenant, filters__state="closed") == [closed]
    assert dseqs(tenant, filters__owner=STRANGER) == []
    assert tenant.http.get(DEPLOYMENTS, params={"filters.state": "open"}).status_code == 400


def test_deployments_come_in_pages_that_name_the_next(tenant: Tenant) -> None:
    made = [tenant.create(sdl())["dseq"] for _ in range(3)]

    page = get(tenant, DEPLOYMENTS, pagination__limit=2, pagination__count_total="true")
    assert page["pagination"] == {"next_key": "2", "total": "3"}
    assert dseqs(tenant, pagination__limit=2, pagination__key="2") == made[2:]
    assert dseqs(tenant, pagination__limit=2, pagination__offset=1) == made[1:]
    assert dseqs(tenant, pagination__reverse="true", pagination__limit=1) == made[2:]


def test_without_a_count_nobody_knows_of_a_next_page_of_deployments(tenant: Tenant) -> None:
    for _ in range(2):
        tenant.create(sdl())

    page = get(tenant, DEPLOYMENTS, pagination__limit=1)

    assert (len(page["deployments"]), page["pagination"]) == (1, {"next_key": None, "total": "0"})


@pytest.mark.parametrize("query", [{"pagination.limit": "-1"}, {"pagination.offset": "-1"}])
def test_what_the_database_does_not_take_is_the_services_own_error(tenant: Tenant, query: dict[str, str]) -> None:
    response = tenant.http.get(DEPLOYMENTS, params=query)

    assert (response.status_code, response.json()["message"]) == (500, "Internal server error")


def test_a_lease_is_told_with_what_it_was_paid(console: MockConsole, tenant: Tenant, owner: str) -> None:
    dseq = tenant.run(console, sdl())
    console.sleep(600)
    tenant.close(dseq)
    known = tenant.get(dseq)

    (found,) = get(tenant, LEASES, filters__dseq=dseq)["leases"]

    theirs = known["leases"][0]
    names = ("id", "price", "created_at", "closed_on")
    assert found["lease"] == {**{name: theirs[name] for name in names}, "state": "closed"}
    payment = found["escrow_payment"]
    assert payment["id"]["aid"] == known["escrow_account"]["id"]
    assert payment["id"]["xid"] == f"1/1/{theirs['id']['provider']}"
    assert payment["state"]["withdrawn"] == known["escrow_account"]["state"]["transferred"][0]
    assert (payment["state"]["state"], payment["state"]["rate"]) == ("closed", theirs["price"])


def test_leases_are_filtered_by_what_they_are(console: MockConsole, tenant: Tenant, owner: str) -> None:
    dseq = tenant.run(console, TWO_GROUPS)
    other = tenant.run(console, sdl())
    tenant.close(other)

    def found(**query: Any) -> list[tuple[str, int]]:
        leases = (entry["lease"]["id"] for entry in get(tenant, LEASES, **query)["leases"])
        return [(lease["dseq"], lease["gseq"]) for lease in leases]

    provider = tenant.get(dseq)["leases"][1]["id"]["provider"]
    everything = [(dseq, 1), (dseq, 2), (other, 1)]
    assert found() == found(filters__state="lost") == found(filters__owner=owner) == everything
    assert found(filters__state="active") == everything[:2]
    assert found(filters__state="closed") == everything[2:]
    assert found(filters__gseq=2) == [(dseq, 2)]
    assert found(filters__oseq=2) == found(filters__owner=STRANGER) == []
    assert (dseq, 2) in found(filters__provider=provider, filters__dseq=dseq)


def test_the_key_of_a_page_of_leases_moves_the_next_key_only(console: MockConsole, tenant: Tenant) -> None:
    """As the service has it: a client that pages by key sees the first page again and again."""
    dseq = tenant.run(console, TWO_GROUPS)

    first = get(tenant, LEASES, pagination__limit=1)
    again = get(tenant, LEASES, pagination__limit=1, pagination__key=first["pagination"]["next_key"])
    second = get(tenant, LEASES, pagination__limit=1, pagination__offset=1, pagination__count_total="true")

    assert first["pagination"] == {"next_key": "1", "total": "0"}
    assert again["leases"] == first["leases"]
    assert again["pagination"]["next_key"] is None
    assert [entry["lease"]["id"]["gseq"] for entry in second["leases"]] == [2]
    assert second["pagination"] == {"next_key": None, "total": "2"}
    assert second["leases"][0]["lease"]["id"]["dseq"] == dseq


def test_anybody_may_ask(console: MockConsole, tenant: Tenant) -> None:
    dseq = tenant.create(sdl())["dseq"]
    with httpx.Client(transport=console.transport(), base_url="http://mock") as anonymous:
        response = anonymous.get(DEPLOYMENTS)

    assert response.json()["deployments"][0]["deployment"]["id"]["dseq"] == dseq
    assert response.headers["cache-control"] == "public, max-age=10, stale-while-revalidate=30"
