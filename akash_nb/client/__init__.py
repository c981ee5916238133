"""A thin client of the Console API: `Client` blocks, `AsyncClient` is awaited, each endpoint is defined once."""

from akash_nb.client.call import Call, Flow, Repeat, Sleep, send, together
from akash_nb.client.drivers import PRODUCTION_URL, AsyncClient, Client
from akash_nb.client.retry import RetryPolicy

__all__ = [
    "PRODUCTION_URL",
    "AsyncClient",
    "Call",
    "Client",
    "Flow",
    "Repeat",
    "RetryPolicy",
    "Sleep",
    "send",
    "together",
]
