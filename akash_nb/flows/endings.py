"""Why a stream has ended, or never began, in words for people."""

from __future__ import annotations

from akash_nb.client.streams import Ending, Stream
from akash_nb.errors import StreamError
from akash_nb.flows.places import Place

_NAMES = {"logs": "the logs", "events": "the events", "shell": "a shell"}


def described(ending: Ending, place: Place, stream: Stream) -> str:
    """Why a stream ended, in a sentence."""
    wanted = _NAMES[stream.kind]
    return {
        "over": f"{place.name} has ended {wanted}.",
        "no_lease": f"{place.name} knows no lease of deployment {stream.lease.dseq}.",
        "no_pods": f"Nothing runs at {place.name} now: {ending.text}.",
        "certificate": f"The server at {place.name} is not the provider that it should be ({ending.text}).",
        "expired": "The provider-proxy finds every token expired.",
        "refused": f"The provider-proxy refused: {ending.text}.",
        "failed": f"{place.name} cannot be reached, or refuses {wanted}.",
        "broken": f"The line to {place.name} broke: {ending.text}.",
        "unreachable": f"The provider-proxy cannot be reached: {ending.text}.",
    }.get(ending.cause, f"{place.name} tells nothing more.")


_TODO = {
    "no_lease": "Look at deployment.status().",
    "no_pods": "Wait for it with deployment.wait_until_ready(); deployment.events() says what keeps it.",
    "certificate": "Do not trust what runs there; close the deployment and lease from another provider.",
    "expired": "Check this machine's clock and the service's, and try again.",
    "failed": "Try again in a moment; deployment.status() shows whether the provider answers.",
    "unreachable": "Check the network and AKASH_PROVIDER_PROXY_URL, then try again.",
}


def refusal(ending: Ending, place: Place, stream: Stream) -> StreamError:
    """The error of a stream that could not be had."""
    return StreamError(
        described(ending, place, stream),
        cause=ending.cause,
        means="What runs goes on, and costs what it did.",
        todo=_TODO.get(ending.cause, "Try again in a moment."),
    )
