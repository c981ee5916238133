"""Who could host a deployment's groups, by the service's screening, and how their last week was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from akash_nb.client.call import Flow, together
from akash_nb.deployment import Deployment
from akash_nb.flows.plan import screening
from akash_nb.models import Candidate
from akash_nb.widgets.editor.sdl_view import compiled


@dataclass(frozen=True, slots=True)
class Screening:
    """Those who could host each group, by gseq and by their address, when the service was asked (UTC)."""

    groups: Mapping[int, Mapping[str, Candidate]]
    at: datetime

    def find(self, gseq: int, owner: str) -> Candidate | None:
        return self.groups.get(gseq, {}).get(owner)


def read(deployment: Deployment[Any]) -> Flow[Screening]:
    """One public read per group. Without the SDL nobody knows what to ask, and there is no group in it."""
    at, text = deployment.session.now(), compiled(deployment.sdl)
    answers = yield from together([screening(text, group) for group in text.groups] if deployment.sdl else [])
    by_group = [{candidate.owner: candidate for candidate in answer} for answer in answers]
    return Screening(dict(enumerate(by_group, start=1)), at)
