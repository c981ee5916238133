"""Choosing bids by rule, and saying of each bid that was passed over why.

    policy.prefer(region="eu-*").audited().uptime(">= 0.99").below("$0.50/h").then("cheapest")

A policy is an immutable value: rules that a bid must meet, preferences that rank, and what decides between equals. The
same object drives buttons and scripts. `policy.choose(bids)` gives the choice, which `deployment.lease` takes, as it
takes the policy.
"""

from akash_nb.policy.choice import Choice, PassedOver, leased, pick
from akash_nb.policy.orders import ORDERS
from akash_nb.policy.policy import (
    Policy,
    audited,
    below,
    below_total,
    cheapest,
    country,
    gpu,
    group,
    most_reliable,
    not_provider,
    not_region,
    online,
    organization,
    prefer,
    provider,
    region,
    then,
    uptime,
)
from akash_nb.policy.rules import Rule, uptime_of

__all__ = [
    "ORDERS",
    "Choice",
    "PassedOver",
    "Policy",
    "Rule",
    "audited",
    "below",
    "below_total",
    "cheapest",
    "country",
    "gpu",
    "group",
    "leased",
    "most_reliable",
    "not_provider",
    "not_region",
    "online",
    "organization",
    "pick",
    "prefer",
    "provider",
    "region",
    "then",
    "uptime",
    "uptime_of",
]
