"""Frozen records of what the service says, read once at the edge (`from_wire`) and inert afterwards.

Names that the service has changed over time are accepted in every form it has used (contract §20); amounts become
`Coin` (micro-units) or US dollars as Decimal, heights become int, `dseq` stays text, times are aware datetimes.
"""

from akash_nb.models.account import APIKey, DeploymentSetting, User
from akash_nb.models.bid import Bid, Offer, ResourceOffer
from akash_nb.models.capacity import Amounts, Capacity
from akash_nb.models.certificate import CertificatePair
from akash_nb.models.deployment import (
    Created,
    DeploymentStatus,
    Escrow,
    EscrowDeposit,
    ForwardedPort,
    Lease,
    LeasedIP,
    LeaseStatus,
    ServiceStatus,
)
from akash_nb.models.health import Health, ServerStatus
from akash_nb.models.indexed import (
    AddressDeployment,
    ChainEvent,
    IndexedLease,
    ProviderDeployment,
    PublicDeployment,
    ResourceTotals,
)
from akash_nb.models.market import (
    Candidate,
    CloudPrices,
    ComputeSpec,
    GPUDay,
    GPUModel,
    GPUPrice,
    GPUSupply,
    Incident,
    MarketData,
    NetworkCapacity,
    PriceRange,
)
from akash_nb.models.provider import GPU, AttributeRule, Auditor, LeasesGraph, Provider, Region, UptimeCheck
from akash_nb.models.secret import Secret
from akash_nb.models.stream import LeaseEvent, LogLine, ShellResult
from akash_nb.models.templates import Template, TemplateSummary
from akash_nb.models.wallet import Balances, UsageDay, UsageStats, WalletInfo, WalletSettings

__all__ = [
    "GPU",
    "APIKey",
    "AddressDeployment",
    "Amounts",
    "AttributeRule",
    "Auditor",
    "Balances",
    "Bid",
    "Candidate",
    "Capacity",
    "CertificatePair",
    "ChainEvent",
    "CloudPrices",
    "ComputeSpec",
    "Created",
    "DeploymentSetting",
    "DeploymentStatus",
    "Escrow",
    "EscrowDeposit",
    "ForwardedPort",
    "GPUDay",
    "GPUModel",
    "GPUPrice",
    "GPUSupply",
    "Health",
    "Incident",
    "IndexedLease",
    "Lease",
    "LeaseEvent",
    "LeaseStatus",
    "LeasedIP",
    "LeasesGraph",
    "LogLine",
    "MarketData",
    "NetworkCapacity",
    "Offer",
    "PriceRange",
    "Provider",
    "ProviderDeployment",
    "PublicDeployment",
    "Region",
    "ResourceOffer",
    "ResourceTotals",
    "Secret",
    "ServerStatus",
    "ServiceStatus",
    "ShellResult",
    "Template",
    "TemplateSummary",
    "UptimeCheck",
    "UsageDay",
    "UsageStats",
    "User",
    "WalletInfo",
    "WalletSettings",
]
