"""What an SDL demands of providers, and for each demand the ways to ask for less, from the least change to the most.

Pure: which of the ways would bring a provider is asked elsewhere (`akash_nb.flows.explain`).
"""

from collections.abc import Sequence

from akash_nb.models import GPUPrice
from akash_nb.relax.demand import Group, Relaxation, Step
from akash_nb.relax.features import confidential, leased_ips, reclamation
from akash_nb.relax.gpus import asked_models, models, takes_any, without_gpus, without_models
from akash_nb.relax.placement import attributes, raised, signatures
from akash_nb.relax.sizes import classes, replicas, sizes
from akash_nb.sdl import Compiled, GroupDemand

__all__ = [
    "Group",
    "Relaxation",
    "Step",
    "asked_models",
    "raised",
    "relaxations",
    "takes_any",
    "without_gpus",
    "without_models",
]


def relaxations(
    sdl: Compiled, demand: GroupDemand, gpus: Sequence[GPUPrice] = (), *, is_trial: bool = False
) -> tuple[Relaxation, ...]:
    """Everything that a group of a valid SDL demands and that can be asked for less of, what is easily given up first.

    Args:
        gpus: What GPUs there are; without them no other model can be proposed.
        is_trial: Propose no GPU model that trial wallets may not rent (contract §14).
    """
    group = Group(sdl, demand)
    found = [*attributes(group), *signatures(group), *models(group, gpus, is_trial=is_trial), *classes(group)]
    found += [*leased_ips(group), *confidential(group), *reclamation(group), *replicas(group), *sizes(group)]
    return tuple(relaxation for relaxation in found if relaxation.steps)
