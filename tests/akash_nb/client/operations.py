"""Every operation of the client: what must be sent, what comes back, and what it is read as. A table, no tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from akash_nb.ids import BidID
from akash_nb.models import CertificatePair, ComputeSpec, Secret

OWNER = "akash13265twfqejnma6cc93rw5dxk4cldyz2zyy8cdm"
PROVIDER = "akash18ga02jzaq8cw52anyhzkwta5wygufgu6zsz6xc"
DSEQ = "1755849600123"
USER = "9f2a1f0c-1b7e-4a53-8f0e-0d8f5c1a2b3c"
BID: dict[str, Any] = {"owner": OWNER, "dseq": DSEQ, "gseq": 1, "oseq": 1, "provider": PROVIDER, "bseq": 0}


def uact(amount: str) -> dict[str, str]:
    return {"denom": "uact", "amount": f"{amount}.000000000000000000"}


ESCROW = {
    "id": {"scope": "deployment", "xid": f"{OWNER}/{DSEQ}"},
    "state": {
        "owner": OWNER,
        "state": "open",
        "transferred": [uact("1200")],
        "settled_at": "23456795",
        "funds": [uact("498800")],
        "deposits": [{"owner": PROVIDER, "height": "23456789", "source": "grant", "balance": uact("498800")}],
    },
}
LEASE = {
    "id": BID,
    "state": "active",
    "price": uact("3"),
    "created_at": "23456795",
    "closed_on": "0",
    "reason": "lease_closed_invalid",
}
STATUS = {
    "services": {
        "web": {
            "name": "web",
            "available": 1,
            "total": 1,
            "uris": ["abc123.ingress.provider.example"],
            "observed_generation": 1,
            "replicas": 1,
            "updated_replicas": 1,
            "ready_replicas": 1,
            "available_replicas": 1,
        }
    },
    "forwarded_ports": {"web": [{"host": "provider.example", "port": 22, "externalPort": 31234, "proto": "TCP"}]},
    "ips": {"web": [{"IP": "203.0.113.7", "Port": 80, "ExternalPort": 80, "Protocol": "TCP"}]},
}
LISTED = {
    "deployment": {
        "id": {"owner": OWNER, "dseq": DSEQ},
        "state": "active",
        "hash": "GCJklcMgxY33XxxeZBqZk8Q1IQ8yWiseHq+seNeZKj8=",
        "created_at": "23456789",
    },
    "leases": [LEASE],
    "escrow_account": ESCROW,
}
DEPLOYMENT = LISTED | {"leases": [LEASE | {"status": STATUS}]}
OFFERED_BID = {
    "bid": {
        "id": BID,
        "state": "open",
        "price": uact("2"),
        "created_at": "23456791",
        "resources_offer": [
            {
                "resources": {
                    "id": 1,
                    "cpu": {"units": {"val": "500"}, "attributes": []},
                    "memory": {"quantity": {"val": "536870912"}, "attributes": []},
                    "storage": [{"name": "default", "quantity": {"val": "536870912"}, "attributes": []}],
                    "gpu": {"units": {"val": "0"}, "attributes": []},
                    "endpoints": [{"kind": "SHARED_HTTP", "sequence_number": 0}],
                },
                "count": 1,
            }
        ],
    },
    "escrow_account": ESCROW,
}
AMOUNTS = {"active": 1000, "available": 3000, "pending": 0, "total": 4000}
STATS = {
    "cpu": AMOUNTS,
    "gpu": AMOUNTS,
    "memory": AMOUNTS,
    "storage": {"ephemeral": AMOUNTS, "persistent": AMOUNTS, "total": AMOUNTS},
}
LISTED_PROVIDER = {
    "owner": PROVIDER,
    "name": "provider.example",
    "hostUri": "https://provider.example:8443",
    "createdHeight": 20000000,
    "email": None,
    "website": "https://provider.example",
    "lastCheckDate": "2026-08-20T10:00:00.000Z",
    "deploymentCount": 12,
    "leaseCount": 11,
    "cosmosSdkVersion": "v0.53.0",
    "akashVersion": "0.10.0",
    "ipRegion": "Oregon",
    "ipRegionCode": "OR",
    "ipCountry": "United States",
    "ipCountryCode": "US",
    "ipLat": "45.5",
    "ipLon": "-122.6",
    "stats": STATS,
    "gpuModels": [{"vendor": "nvidia", "model": "rtx4090", "ram": "24Gi", "interface": "PCIe"}],
    "uptime1d": 1,
    "uptime7d": 0.995,
    "uptime30d": 0.99,
    "isValidVersion": True,
    "isOnline": True,
    "lastOnlineDate": "2026-08-20T10:00:00.000Z",
    "isAudited": True,
    "attributes": [{"key": "region", "value": "us-west", "auditedBy": [OWNER]}],
    "host": "akash",
    "organization": "Example Org",
    "statusPage": None,
    "locationRegion": "na-us-west",
    "country": "US",
    "city": "PDX",
    "timezone": "utc-8",
    "locationType": "datacenter",
    "hostingProvider": None,
    "hardwareCpu": "amd",
    "hardwareCpuArch": "x86-64",
    "hardwareGpuVendor": "nvidia",
    "hardwareGpuModels": ["rtx4090"],
    "hardwareDisk": ["nvme"],
    "featPersistentStorage": True,
    "featPersistentStorageType": ["beta3"],
    "hardwareMemory": "ddr5",
    "networkProvider": None,
    "networkSpeedDown": 1000,
    "networkSpeedUp": 1000,
    "tier": "community",
    "featEndpointCustomDomain": True,
    "workloadSupportChia": False,
    "workloadSupportChiaCapabilities": [],
    "featEndpointIp": False,
}
SETTINGS = {
    "autoReloadEnabled": True,
    "autoReloadMode": "threshold",
    "autoReloadThreshold": 20,
    "autoReloadAmount": 100.5,
    "id": "1",
    "walletId": 3,
}
API_KEY = {
    "id": USER,
    "name": "notebook",
    "keyFormat": "ac.sk.test.ab12cd***34ef56",
    "expiresAt": "2027-01-01T00:00:00.000Z",
    "createdAt": "2026-08-20T10:00:00.000Z",
    "updatedAt": "2026-08-20T10:00:00.000Z",
    "lastUsedAt": None,
    "userId": USER,
    "hashedKey": "f" * 64,
}
SETTING = {
    "id": USER,
    "userId": USER,
    "dseq": DSEQ,
    "autoTopUpEnabled": True,
    "closed": False,
    "estimatedTopUpAmount": 43200,
    "topUpFrequencyMs": 86400000,
    "createdAt": "2026-08-20T10:00:00.000Z",
    "updatedAt": "2026-08-20T10:00:00.000Z",
}
LEASE_RESOURCES = {"cpu": 1000, "memory": 2**30, "gpu": 1, "ephemeralStorage": 5, "persistentStorage": 7}
GROUP = {
    "name": "dcloud",
    "requirements": {"attributes": [{"key": "host", "value": "akash"}], "signedBy": {"allOf": [], "anyOf": [OWNER]}},
    "resources": [
        {
            "count": 2,
            "price": {"amount": "1000.5", "denom": "uact"},
            "resource": {
                "id": 1,
                "cpu": {"units": {"val": "4000"}},
                "endpoints": [{"sequence_number": 0}, {"kind": 1, "sequence_number": 2}],
                "gpu": {"attributes": [{"key": "vendor/nvidia/model/*", "value": "true"}], "units": {"val": "1"}},
                "memory": {"size": {"val": "17179869184"}},
                "storage": [{"name": "default", "size": {"val": "107374182400"}}],
            },
        }
    ],
}
USAGE_DAY = {
    "date": "2026-08-01",
    "activeDeployments": 2,
    "dailyAktSpent": 0,
    "totalAktSpent": 1.5,
    "dailyUsdcSpent": 0.75,
    "totalUsdcSpent": 10.1,
    "dailyActSpent": 0.75,
    "totalActSpent": 10.1,
    "dailyUsdSpent": 0.75,
    "totalUsdSpent": 12.35,
}


@dataclass(frozen=True)
class Case:
    """One operation: how it is called, what must be sent, what comes back, and what it is read as.

    Attributes:
        route: `METHOD path` as the published schema writes it; empty where the schema leaves the route out.
        url: Path and query as sent.
        body: The JSON sent; None for no body at all.
        read: Picks from the result what is compared with `expected`.
        as_documented: False where the real service answers otherwise than its schema says (contract §6, §20).
    """

    id: str
    route: str
    url: str
    run: Callable[[Any], Any]
    answer: Any
    read: Callable[[Any], Any]
    expected: Any
    body: Any = None
    status: int = 200
    as_documented: bool = True


CASES = [
    Case(
        "deployments.create",
        "POST /v1/deployments",
        "/v1/deployments",
        lambda c: c.deployments.create("version: '2.0'", deposit_usd="0.5"),
        {
            "data": {
                "dseq": DSEQ,
                "manifest": "[]",
                "signTx": {"code": 0, "hash": "AB", "transactionHash": "AB", "rawLog": ""},
            }
        },
        lambda r: (r.dseq, r.manifest, r.tx_hash),
        (DSEQ, "[]", "AB"),
        body={"data": {"sdl": "version: '2.0'", "deposit": 0.5}},
        status=201,
    ),
    Case(
        "deployments.create without a deposit",
        "POST /v1/deployments",
        "/v1/deployments",
        lambda c: c.deployments.create("x"),
        {"data": {"dseq": DSEQ, "manifest": "[]", "signTx": {"code": 0, "transactionHash": "AB", "rawLog": ""}}},
        lambda r: r.dseq,
        DSEQ,
        body={"data": {"sdl": "x"}},
        status=201,
    ),
    Case(
        "deployments.get",
        "GET /v1/deployments/{dseq}",
        f"/v1/deployments/{DSEQ}",
        lambda c: c.deployments.get(DSEQ),
        {"data": DEPLOYMENT},
        lambda r: (r.dseq, r.uris, r.is_ready, str(r.escrow.funds), str(r.price_per_block), r.leases[0].closed_height),
        (DSEQ, ("http://abc123.ingress.provider.example",), True, "498800 uact", "3 uact", None),
    ),
    Case(
        "deployments.list_page",
        "GET /v1/deployments",
        "/v1/deployments?skip=20&limit=10",
        lambda c: c.deployments.list_page(skip=20, limit=10),
        {"data": {"deployments": [LISTED], "pagination": {"total": 1, "skip": 20, "limit": 10, "hasMore": False}}},
        lambda r: [(d.dseq, d.leases[0].status) for d in r],
        [(DSEQ, None)],
        as_documented=False,  # list items have no `status` since Feb 2026
    ),
    Case(
        "deployments.update",
        "PUT /v1/deployments/{dseq}",
        f"/v1/deployments/{DSEQ}",
        lambda c: c.deployments.update(DSEQ, "x"),
        {"data": DEPLOYMENT},
        lambda r: r.version,
        "GCJklcMgxY33XxxeZBqZk8Q1IQ8yWiseHq+seNeZKj8=",
        body={"data": {"sdl": "x"}},
    ),
    Case(
        "deployments.update with a certificate",
        "",
        f"/v1/deployments/{DSEQ}",
        lambda c: c.deployments.update(DSEQ, "x", certificate=CertificatePair("cert", "key")),
        {"data": DEPLOYMENT},
        lambda r: r.dseq,
        DSEQ,
        body={"data": {"sdl": "x", "certificate": {"certPem": "cert", "keyPem": "key"}}},
    ),
    Case(
        "deployments.deposit",
        "POST /v1/deposit-deployment",
        "/v1/deposit-deployment",
        lambda c: c.deployments.deposit(DSEQ, "5.5"),
        {"data": DEPLOYMENT},
        lambda r: r.dseq,
        DSEQ,
        body={"data": {"dseq": DSEQ, "deposit": 5.5}},
    ),
    Case(
        "deployments.deposit in the guide's form",
        "",
        f"/v1/deployments/deposit/{DSEQ}",
        lambda c: c.deployments.deposit(DSEQ, 5, dialect="guide"),
        {"success": True},
        lambda r: r,
        None,
        body={"amount": 5.0},
    ),
    Case(
        "deployments.close",
        "DELETE /v1/deployments/{dseq}",
        f"/v1/deployments/{DSEQ}",
        lambda c: c.deployments.close(DSEQ),
        {"data": {"success": True}},
        lambda r: r,
        None,
    ),
    Case(
        "deployments.by_address",
        "GET /v1/addresses/{address}/deployments/{skip}/{limit}",
        f"/v1/addresses/{OWNER}/deployments/0/1?status=closed&reverseSorting=true",
        lambda c: c.deployments.by_address(OWNER, state="closed", newest_first=True, limit=1),
        {
            "count": 1,
            "results": [
                {
                    "owner": OWNER,
                    "dseq": DSEQ,
                    "status": "closed",
                    "createdHeight": 23456789,
                    "escrowAccount": ESCROW,
                    "cpuUnits": 500,
                    "gpuUnits": 1,
                    "memoryQuantity": 1024,
                    "storageQuantity": 2048,
                    "leases": [
                        {
                            "id": f"{DSEQ}11",
                            "owner": OWNER,
                            "provider": LISTED_PROVIDER | {"address": PROVIDER},
                            "dseq": DSEQ,
                            "gseq": 1,
                            "oseq": 1,
                            "state": "active",
                            "price": uact("3"),
                        }
                    ],
                }
            ],
        },
        lambda r: [
            (d.dseq, d.resources.cpu_millicores, str(d.escrow.funds), d.leases[0].provider, str(d.leases[0].price))
            for d in r
        ],
        [(DSEQ, 500, "498800 uact", PROVIDER, "3 uact")],
    ),
    Case(
        "deployments.public_detail",
        "GET /v1/deployment/{owner}/{dseq}",
        f"/v1/deployment/{OWNER}/{DSEQ}",
        lambda c: c.deployments.public_detail(OWNER, DSEQ),
        {
            "owner": OWNER,
            "dseq": DSEQ,
            "balance": 498800,
            "denom": "uact",
            "status": "active",
            "createdHeight": 23456789,
            "createdDate": "2026-08-22T10:00:00.000Z",
            "closedHeight": None,
            "closedDate": None,
            "totalMonthlyCostUDenom": 1314878,
            "leases": [
                {
                    "gseq": 1,
                    "oseq": 1,
                    "createdHeight": 23456795,
                    "createdDate": "2026-08-22T10:01:00.000Z",
                    "closedHeight": None,
                    "closedDate": None,
                    "provider": {
                        "address": PROVIDER,
                        "hostUri": "https://p:8443",
                        "isDeleted": False,
                        "attributes": [],
                    },
                    "status": "active",
                    "monthlyCostUDenom": 1314878,
                    "cpuUnits": 500,
                    "gpuUnits": 0,
                    "memoryQuantity": 536870912,
                    "storageQuantity": 536870912,
                }
            ],
            "events": [{"txHash": "AB", "date": "2026-08-22T10:00:00.000Z", "type": "/akash.v1.MsgCreateLease"}],
            "other": {},
        },
        lambda r: (str(r.balance), str(r.monthly_cost), r.closed_at, r.leases[0].host_uri, r.events[0].tx_hash),
        ("498800 uact", "1314878 uact", None, "https://p:8443", "AB"),
        as_documented=False,  # `other` is shortened here
    ),
    Case(
        "bids.list",
        "GET /v1/bids/{dseq}",
        f"/v1/bids/{DSEQ}",
        lambda c: c.bids.list(DSEQ),
        {"data": [OFFERED_BID]},
        lambda r: [(b.state, str(b.price), b.id.provider, b.resources[0].cpu_millicores) for b in r],
        [("open", "2 uact", PROVIDER, 500)],
    ),
    Case(
        "bids.list_by_query",
        "GET /v1/bids",
        f"/v1/bids?dseq={DSEQ}",
        lambda c: c.bids.list_by_query(DSEQ),
        {"data": []},
        lambda r: r,
        (),
    ),
    Case(
        "leases.create",
        "POST /v1/leases",
        "/v1/leases",
        lambda c: c.leases.create("[]", [BidID(**BID)]),
        {"data": DEPLOYMENT},
        lambda r: r.leases[0].id.provider,
        PROVIDER,
        body={"manifest": "[]", "leases": [{"dseq": DSEQ, "gseq": 1, "oseq": 1, "provider": PROVIDER}]},
    ),
    Case(
        "leases.create with a certificate",
        "",
        "/v1/leases",
        lambda c: c.leases.create("[]", [BidID(**BID)], certificate=CertificatePair("cert", "key")),
        {"data": DEPLOYMENT},
        lambda r: r.dseq,
        DSEQ,
        body={
            "manifest": "[]",
            "leases": [{"dseq": DSEQ, "gseq": 1, "oseq": 1, "provider": PROVIDER}],
            "certificate": {"certPem": "cert", "keyPem": "key"},
        },
    ),
    Case(
        "certificates.create",
        "",
        "/v1/certificates",
        lambda c: c.certificates.create(),
        {"data": {"certPem": "cert", "pubkeyPem": "public", "encryptedKey": "key"}},
        lambda r: r.to_wire() | {"public": r.public_pem},
        {"certPem": "cert", "keyPem": "key", "public": "public"},
    ),
    Case(
        "wallet.balances",
        "GET /v1/balances",
        "/v1/balances",
        lambda c: c.wallet.balances(),
        {"data": {"balance": 4500000, "deployments": 498800, "total": 4998800}},
        lambda r: (r.available_usd, r.in_deployments_usd, r.total_usd),
        (Decimal("4.5"), Decimal("0.4988"), Decimal("4.9988")),
    ),
    Case(
        "wallet.balances of an address",
        "GET /v1/balances",
        f"/v1/balances?address={OWNER}",
        lambda c: c.wallet.balances(OWNER),
        {"data": {"balance": 0, "deployments": 0, "total": 0}},
        lambda r: r.total_usd,
        0,
    ),
    Case(
        "wallet.wallets",
        "GET /v1/wallets",
        f"/v1/wallets?userId={USER}",
        lambda c: c.wallet.wallets(USER),
        {
            "data": [
                {
                    "id": 3,
                    "userId": USER,
                    "address": OWNER,
                    "creditAmount": 4500000.25,
                    "isTrialing": True,
                    "createdAt": "2026-08-20T10:00:00.000Z",
                    "denom": "uact",
                    "topUpMinAmountUsd": 20,
                }
            ]
        },
        lambda r: (r[0].credit_usd, r[0].is_trial, r[0].minimum_top_up_usd, r[0].created_at),
        (Decimal("4.50000025"), True, 20, datetime(2026, 8, 20, 10, tzinfo=UTC)),
    ),
    Case(
        "wallet.weekly_cost",
        "GET /v1/weekly-cost",
        "/v1/weekly-cost",
        lambda c: c.wallet.weekly_cost(),
        {"data": {"weeklyCost": 0.3}},
        lambda r: r,
        Decimal("0.3"),
    ),
    Case(
        "wallet.get_settings",
        "GET /v1/wallet-settings",
        "/v1/wallet-settings",
        lambda c: c.wallet.get_settings(),
        {"data": SETTINGS},
        lambda r: (r.auto_reload, r.mode, r.threshold_usd, r.amount_usd),
        (True, "threshold", 20, Decimal("100.5")),
    ),
    Case(
        "wallet.save_settings",
        "PUT /v1/wallet-settings",
        "/v1/wallet-settings",
        lambda c: c.wallet.save_settings(auto_reload=True, mode="threshold", threshold_usd=5, amount_usd="100.5"),
        {"data": SETTINGS},
        lambda r: r.auto_reload,
        True,
        body={
            "data": {
                "autoReloadEnabled": True,
                "autoReloadMode": "threshold",
                "autoReloadThreshold": 5.0,
                "autoReloadAmount": 100.5,
            }
        },
    ),
    Case(
        "wallet.save_settings off",
        "PUT /v1/wallet-settings",
        "/v1/wallet-settings",
        lambda c: c.wallet.save_settings(auto_reload=False),
        {"data": {"autoReloadEnabled": False}},
        lambda r: (r.auto_reload, r.mode),
        (False, "prediction"),
        body={"data": {"autoReloadEnabled": False}},
        as_documented=False,  # a service of before Aug 2026
    ),
    Case(
        "wallet.delete_settings",
        "DELETE /v1/wallet-settings",
        "/v1/wallet-settings",
        lambda c: c.wallet.delete_settings(),
        None,
        lambda r: r,
        None,
        status=204,
    ),
    Case(
        "account.me",
        "GET /v1/user/me",
        "/v1/user/me",
        lambda c: c.account.me(),
        {
            "data": {
                "id": USER,
                "userId": "auth0|1",
                "username": "ada",
                "email": None,
                "emailVerified": True,
                "stripeCustomerId": None,
                "bio": None,
                "subscribedToNewsletter": False,
                "youtubeUsername": None,
                "twitterUsername": None,
                "githubUsername": None,
                "onboardingSkippedAt": None,
                "trial": True,
            }
        },
        lambda r: (r.id, r.username, r.email, r.email_verified, r.is_trial),
        (USER, "ada", "", True, True),
        as_documented=False,  # the schema has no null for the e-mail
    ),
    Case(
        "account.create_jwt_token",
        "POST /v1/create-jwt-token",
        "/v1/create-jwt-token",
        lambda c: c.account.create_jwt_token(scope=["logs", "events"]),
        {"data": {"token": "a.b.c"}},
        lambda r: (type(r), r.reveal(), "a.b.c" in repr(r)),
        (Secret, "a.b.c", False),
        body={"data": {"ttl": 1800, "leases": {"access": "scoped", "scope": ["logs", "events"]}}},
        status=201,
    ),
    Case(
        "account.create_jwt_token for everything",
        "POST /v1/create-jwt-token",
        "/v1/create-jwt-token",
        lambda c: c.account.create_jwt_token(ttl_s=60),
        {"data": {"token": "a.b.c"}},
        lambda r: r.reveal(),
        "a.b.c",
        body={"data": {"ttl": 60, "leases": {"access": "full"}}},
        status=201,
    ),
    Case(
        "account.create_jwt_token by provider",
        "POST /v1/create-jwt-token",
        "/v1/create-jwt-token",
        lambda c: c.account.create_jwt_token(permissions=[{"provider": PROVIDER, "access": "full"}]),
        {"data": {"token": "a.b.c"}},
        lambda r: r.reveal(),
        "a.b.c",
        body={
            "data": {
                "ttl": 1800,
                "leases": {"access": "granular", "permissions": [{"provider": PROVIDER, "access": "full"}]},
            }
        },
        status=201,
    ),
    Case(
        "api_keys.list",
        "GET /v1/api-keys",
        "/v1/api-keys",
        lambda c: c.api_keys.list(),
        {"data": [API_KEY]},
        lambda r: [(k.name, k.key_format, k.last_used_at, k.secret) for k in r],
        [("notebook", "ac.sk.test.ab12cd***34ef56", None, None)],
    ),
    Case(
        "api_keys.create",
        "POST /v1/api-keys",
        "/v1/api-keys",
        lambda c: c.api_keys.create("notebook", expires_at=datetime(2027, 1, 1, tzinfo=UTC)),
        {"data": API_KEY | {"apiKey": "ac.sk.test.full"}},
        lambda r: (r.secret.reveal(), "ac.sk.test.full" in repr(r), r.expires_at),
        ("ac.sk.test.full", False, datetime(2027, 1, 1, tzinfo=UTC)),
        body={"data": {"name": "notebook", "expiresAt": "2027-01-01T00:00:00.000Z"}},
        status=201,
    ),
    Case(
        "api_keys.get",
        "GET /v1/api-keys/{id}",
        f"/v1/api-keys/{USER}",
        lambda c: c.api_keys.get(USER),
        {"data": API_KEY},
        lambda r: r.id,
        USER,
    ),
    Case(
        "api_keys.rename",
        "PATCH /v1/api-keys/{id}",
        f"/v1/api-keys/{USER}",
        lambda c: c.api_keys.rename(USER, "other"),
        {"data": API_KEY | {"name": "other"}},
        lambda r: r.name,
        "other",
        body={"data": {"name": "other"}},
    ),
    Case(
        "api_keys.delete",
        "DELETE /v1/api-keys/{id}",
        f"/v1/api-keys/{USER}",
        lambda c: c.api_keys.delete(USER),
        None,
        lambda r: r,
        None,
        status=204,
    ),
    Case(
        "deployment_settings.get",
        "GET /v2/deployment-settings/{dseq}",
        f"/v2/deployment-settings/{DSEQ}",
        lambda c: c.deployment_settings.get(DSEQ),
        {"data": SETTING},
        lambda r: (r.dseq, r.auto_top_up, r.estimated_top_up_usd, r.top_up_every_s),
        (DSEQ, True, Decimal("0.0432"), 86400),
    ),
    Case(
        "deployment_settings.set_auto_top_up",
        "PATCH /v2/deployment-settings/{dseq}",
        f"/v2/deployment-settings/{DSEQ}",
        lambda c: c.deployment_settings.set_auto_top_up(DSEQ, False),
        {"data": SETTING | {"autoTopUpEnabled": False, "estimatedTopUpAmount": 0}},
        lambda r: (r.auto_top_up, r.estimated_top_up_usd),
        (False, 0),
        body={"data": {"autoTopUpEnabled": False}},
    ),
    Case(
        "deployment_settings.create",
        "POST /v2/deployment-settings",
        "/v2/deployment-settings",
        lambda c: c.deployment_settings.create(DSEQ, auto_top_up=True),
        {"data": SETTING},
        lambda r: r.auto_top_up,
        True,
        body={"data": {"dseq": DSEQ, "autoTopUpEnabled": True}},
        status=201,
    ),
    Case(
        "providers.list",
        "GET /v1/providers",
        "/v1/providers?scope=trial",
        lambda c: c.providers.list(trial=True),
        [LISTED_PROVIDER],
        lambda r: [(p.label, p.region, p.gpu_models, p.gpus[0].ram, p.capacity.cpu_millicores.available) for p in r],
        [("provider.example", "na-us-west", ("rtx4090",), "24Gi", 3000)],
    ),
    Case(
        "providers.by_address",
        "GET /v1/providers",
        f"/v1/providers?addresses={PROVIDER}%2C{OWNER}",
        lambda c: c.providers.by_address([PROVIDER, OWNER, PROVIDER]),
        [LISTED_PROVIDER],
        lambda r: sorted(r),
        [PROVIDER],
    ),
    Case(
        "providers.get",
        "GET /v1/providers/{address}",
        f"/v1/providers/{PROVIDER}",
        lambda c: c.providers.get(PROVIDER),
        LISTED_PROVIDER | {"uptime": [{"id": "1", "isOnline": True, "checkDate": "2026-08-20T10:00:00.000Z"}]},
        lambda r: (r.latitude, r.email, r.lease_count, [(c.is_online, c.at) for c in r.checks]),
        (45.5, "", 11, [(True, datetime(2026, 8, 20, 10, tzinfo=UTC))]),
    ),
    Case(
        "providers.auditors",
        "GET /v1/auditors",
        "/v1/auditors",
        lambda c: c.providers.auditors(),
        [{"id": "akash-network", "name": "Akash Network", "address": OWNER, "website": "https://akash.network"}],
        lambda r: r[0].address,
        OWNER,
    ),
    Case(
        "providers.regions",
        "GET /v1/provider-regions",
        "/v1/provider-regions",
        lambda c: c.providers.regions(),
        [{"key": "na-us-west", "description": "US West", "providers": [PROVIDER]}],
        lambda r: [(x.key, x.providers) for x in r],
        [("na-us-west", (PROVIDER,))],
    ),
    Case(
        "providers.attributes_schema",
        "GET /v1/provider-attributes-schema",
        "/v1/provider-attributes-schema",
        lambda c: c.providers.attributes_schema(),
        {
            "host": {"key": "host", "type": "string", "required": True, "description": "Host"},
            "tier": {
                "key": "tier",
                "type": "option",
                "required": False,
                "description": "Tier",
                "values": [{"key": "community", "description": "Community"}],
            },
        },
        lambda r: {name: (rule.kind, rule.required, dict(rule.values)) for name, rule in r.items()},
        {"host": ("string", True, {}), "tier": ("option", False, {"community": "Community"})},
        as_documented=False,  # 25 more names
    ),
    Case(
        "providers.leases_graph",
        "GET /v1/providers/{providerAddress}/active-leases-graph-data",
        f"/v1/providers/{PROVIDER}/active-leases-graph-data",
        lambda c: c.providers.leases_graph(PROVIDER),
        {
            "currentValue": 11,
            "compareValue": 9,
            "snapshots": [{"date": "2026-08-19T00:00:00.000Z", "value": 9}],
            "now": {"count": 11},
            "compare": {"count": 9},
        },
        lambda r: (r.current, r.day_before, r.days),
        (11, 9, ((datetime(2026, 8, 19, tzinfo=UTC), 9),)),
    ),
    Case(
        "providers.deployments",
        "GET /v1/providers/{provider}/deployments/{skip}/{limit}",
        f"/v1/providers/{PROVIDER}/deployments/0/1?status=active",
        lambda c: c.providers.deployments(PROVIDER, state="active", limit=1),
        {
            "total": 1,
            "deployments": [
                {
                    "owner": OWNER,
                    "dseq": DSEQ,
                    "denom": "uact",
                    "createdHeight": 23456789,
                    "createdDate": "2026-08-22T10:00:00.000Z",
                    "closedHeight": None,
                    "closedDate": None,
                    "status": "active",
                    "balance": 498800,
                    "transferred": 1200,
                    "settledAt": None,
                    "resources": LEASE_RESOURCES,
                    "leases": [
                        {
                            "provider": PROVIDER,
                            "gseq": 1,
                            "oseq": 1,
                            "price": 3.5,
                            "createdHeight": 23456795,
                            "createdDate": None,
                            "closedHeight": None,
                            "closedDate": None,
                            "status": "active",
                            "resources": LEASE_RESOURCES,
                        }
                    ],
                }
            ],
        },
        lambda r: [
            (str(d.transferred), d.settled_height, d.resources.storage_bytes, str(d.leases[0].price)) for d in r
        ],
        [("1200 uact", None, 12, "3.5 uact")],
    ),
    Case(
        "market.gpu",
        "GET /v1/gpu",
        "/v1/gpu?vendor=nvidia&memory_size=24Gi",
        lambda c: c.market.gpu(vendor="nvidia", memory_size="24Gi"),
        {
            "gpus": {
                "total": {"allocatable": 8, "allocated": 5},
                "details": {
                    "nvidia": [
                        {"model": "rtx4090", "ram": "24Gi", "interface": "PCIe", "allocatable": 8, "allocated": 5}
                    ]
                },
            }
        },
        lambda r: [(g.vendor, g.model, g.total, g.leased, g.free) for g in r],
        [("nvidia", "rtx4090", 8, 5, 3)],
    ),
    Case(
        "market.gpu_models",
        "GET /v1/gpu-models",
        "/v1/gpu-models",
        lambda c: c.market.gpu_models(),
        [
            {
                "name": "nvidia",
                "displayName": "NVIDIA",
                "models": [
                    {"name": "rtx4090", "displayName": "RTX 4090", "memory": ["24Gi"], "interface": ["pcie"]},
                    {"name": "t4", "memory": [], "interface": []},
                ],
            }
        ],
        lambda r: [(m.vendor, m.name, m.display_name, m.memory) for m in r],
        [("nvidia", "rtx4090", "RTX 4090", ("24Gi",)), ("nvidia", "t4", "t4", ())],
        as_documented=False,  # one model without the display name that came in July 2026
    ),
    Case(
        "market.gpu_breakdown",
        "GET /v1/gpu-breakdown",
        "/v1/gpu-breakdown?model=h100",
        lambda c: c.market.gpu_breakdown(model="h100"),
        [
            {
                "date": "2026-08-01T00:00:00.000Z",
                "vendor": "nvidia",
                "model": "h100",
                "providerCount": 3,
                "nodeCount": 4,
                "totalGpus": 32,
                "leasedGpus": 24,
                "gpuUtilization": "75.00",
            }
        ],
        lambda r: [(d.day, d.total, d.utilization) for d in r],
        [(date(2026, 8, 1), 32, 0.75)],
        as_documented=False,  # the utilization is text
    ),
    Case(
        "market.gpu_prices",
        "GET /v1/gpu-prices",
        "/v1/gpu-prices",
        lambda c: c.market.gpu_prices(),
        {
            "availability": {"total": 8, "available": 3},
            "models": [
                {
                    "vendor": "nvidia",
                    "model": "rtx4090",
                    "ram": "24Gi",
                    "interface": "pcie",
                    "availability": {"total": 8, "available": 3},
                    "providerAvailability": {"total": 2, "available": 1},
                    "price": {
                        "currency": "USD",
                        "min": 0.31,
                        "max": 0.6,
                        "avg": 0.4,
                        "weightedAverage": 0.39,
                        "med": 0.38,
                    },
                },
                {
                    "vendor": "nvidia",
                    "model": "t4",
                    "ram": "16Gi",
                    "interface": "pcie",
                    "availability": {"total": 1, "available": 0},
                    "providerAvailability": {"total": 1, "available": 0},
                    "price": None,
                },
            ],
        },
        lambda r: [(g.model, g.available, g.providers, g.price and g.price.median_usd) for g in r],
        [("rtx4090", 3, 2, Decimal("0.38")), ("t4", 0, 1, None)],
    ),
    Case(
        "market.pricing",
        "POST /v1/pricing",
        "/v1/pricing",
        lambda c: c.market.pricing([ComputeSpec(1000, 2 * 10**9, 10**10)]),
        [
            {
                "spec": {"cpu": 1000, "memory": 2 * 10**9, "storage": 10**10},
                "akash": 7.8,
                "aws": 36.06,
                "gcp": 40.1,
                "azure": 43.26,
            }
        ],
        lambda r: [(p.spec.cpu_millicores, p.akash_usd, p.azure_usd) for p in r],
        [(1000, Decimal("7.8"), Decimal("43.26"))],
        body=[{"cpu": 1000, "memory": 2 * 10**9, "storage": 10**10}],
        as_documented=False,  # checked by the schema as one of two shapes that do not name each other
    ),
    Case(
        "market.screen",
        "POST /v1/bid-screening",
        "/v1/bid-screening",
        lambda c: c.market.screen(GROUP, timezone="Europe/Berlin", reclamation_window_s=3600),
        {
            "providers": [
                {
                    "owner": PROVIDER,
                    "hostUri": "https://provider.example:8443",
                    "isAudited": True,
                    "createdAt": "2025-08-20T10:00:00.000Z",
                    "location": "na-us-west",
                    "organization": None,
                    "incidents": [
                        {"date": "2026-08-20", "hasOpenIncident": False, "incidentCount": 1, "downtimeSeconds": 6048}
                    ],
                }
            ]
        },
        lambda r: [(c.label, c.is_audited, c.organization, c.incidents[0].count, c.uptime_7d) for c in r],
        [("provider.example", True, "", 1, 0.99)],
        body={
            "resources": [
                {
                    "resource": {
                        "id": 1,
                        "cpu": {"units": {"val": "4000"}},
                        "memory": {"quantity": {"val": "17179869184"}},
                        "gpu": {
                            "attributes": [{"key": "vendor/nvidia/model/*", "value": "true"}],
                            "units": {"val": "1"},
                        },
                        "storage": [{"name": "default", "quantity": {"val": "107374182400"}}],
                        "endpoints": [{"sequenceNumber": 0}, {"kind": 1, "sequenceNumber": 2}],
                    },
                    "count": 2,
                    "price": {"denom": "uact", "amount": "1000"},
                }
            ],
            "timezone": "Europe/Berlin",
            "requirements": GROUP["requirements"],
            "reclamationWindow": 3600,
        },
    ),
    Case(
        "market.market_data",
        "GET /v1/market-data/{coin?}",
        "/v1/market-data/akt",
        lambda c: c.market.market_data(),
        {
            "price": 1.23,
            "volume": 0,
            "marketCap": 0,
            "marketCapRank": 0,
            "priceChange24h": -0.05,
            "priceChangePercentage24": -3.9,
        },
        lambda r: (r.price_usd, r.change_24h_usd, r.change_24h_percent),
        (Decimal("1.23"), Decimal("-0.05"), Decimal("-3.9")),
    ),
    Case(
        "market.network_capacity",
        "GET /v1/network-capacity",
        "/v1/network-capacity",
        lambda c: c.market.network_capacity(),
        {"activeProviderCount": 57, "resources": STATS},
        lambda r: (r.active_providers, r.capacity.gpu_units.total, r.capacity.persistent_bytes.available),
        (57, 4000, 3000),
    ),
    Case(
        "market.blockchain_status",
        "GET /v1/blockchain-status",
        "/v1/blockchain-status",
        lambda c: c.market.blockchain_status(),
        {"isBlockchainReachable": False},
        lambda r: r,
        False,
    ),
    Case(
        "templates.list",
        "GET /v1/templates-list",
        "/v1/templates-list",
        lambda c: c.templates.list(),
        {
            "data": [
                {
                    "title": "AI",
                    "templates": [{"id": "t", "name": "T", "logoUrl": None, "summary": "S", "tags": ["popular"]}],
                }
            ]
        },
        lambda r: [(t.category, t.id, t.logo_url, t.tags) for t in r],
        [("AI", "t", "", ("popular",))],
    ),
    Case(
        "templates.get",
        "GET /v1/templates/{id}",
        "/v1/templates/a%2Fb%3Fc",
        lambda c: c.templates.get("a/b?c"),
        {
            "data": {
                "id": "t",
                "name": "T",
                "path": "t",
                "logoUrl": None,
                "summary": "S",
                "readme": "R",
                "deploy": "version: '2.0'",
                "persistentStorageEnabled": True,
                "githubUrl": "https://github.com/x",
                "config": {"ssh": True},
            }
        },
        lambda r: (r.sdl, r.guide, r.has_persistent_storage, r.needs_ssh_key),
        ("version: '2.0'", "", True, True),
    ),
    Case(
        "usage.history",
        "GET /v1/usage/history",
        f"/v1/usage/history?address={OWNER}&startDate=2026-08-01&endDate=2026-08-01",
        lambda c: c.usage.history(OWNER, start=date(2026, 8, 1), end=date(2026, 8, 1)),
        [USAGE_DAY],
        lambda r: [(d.day, d.active_deployments, d.spent_usd, d.total_usd, d.spent_act) for d in r],
        [(date(2026, 8, 1), 2, Decimal("0.75"), Decimal("12.35"), Decimal("0.75"))],
    ),
    Case(
        "usage.stats",
        "GET /v1/usage/history/stats",
        f"/v1/usage/history/stats?address={OWNER}",
        lambda c: c.usage.stats(OWNER),
        {"totalSpent": 12.35, "averageSpentPerDay": 0.4, "totalDeployments": 7, "averageDeploymentsPerDay": 0.23},
        lambda r: (r.total_usd, r.average_usd_per_day, r.total_deployments),
        (Decimal("12.35"), Decimal("0.4"), 7),
    ),
    Case(
        "health.readiness",
        "",
        "/v1/healthz/readiness",
        lambda c: c.health.readiness(),
        {"data": {"postgres": True, "jobQueue": True}},
        lambda r: r.is_well,
        True,
    ),
    Case(
        "health.liveness",
        "",
        "/v1/healthz/liveness",
        lambda c: c.health.liveness(),
        {"data": {"postgres": True, "jobQueue": False}},
        lambda r: (r.database, r.job_queue, r.is_well),
        (True, False, False),
    ),
    Case(
        "health.status",
        "",
        "/status",
        lambda c: c.health.status(),
        {"version": "3.32.0", "memory": {"rss": "312 MB", "heapTotal": "1", "heapUsed": "200 MB", "external": "1"}},
        lambda r: (r.version, r.memory_rss),
        ("3.32.0", "312 MB"),
    ),
]
