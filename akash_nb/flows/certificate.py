"""Step 1: a certificate pair where the service still has them; elsewhere the API key is the identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from akash_nb import certificates
from akash_nb.client import certificates as api
from akash_nb.client.call import Flow
from akash_nb.errors import CertificateError, OutcomeUnknownError
from akash_nb.flows.context import Context
from akash_nb.models import CertificatePair
from akash_nb.shown import Shown

NOT_NEEDED = "not needed here: your API key identifies you"


@dataclass(frozen=True, slots=True, repr=False)
class Certificate(Shown):
    """What the certificate step found.

    Attributes:
        pair: None where the service has no certificates.
        valid_until: End of its validity (UTC); None without a pair.
        is_new: The pair was made now, not taken from the journal.
    """

    pair: CertificatePair | None
    valid_until: datetime | None = None
    is_new: bool = False

    @property
    def dialect(self) -> str:
        """Which dialect of the API the answer belongs to: `guide` or `live`."""
        return "live" if self.pair is None else "guide"

    def __str__(self) -> str:
        if self.valid_until is None:
            return NOT_NEEDED
        return f"{'made' if self.is_new else 'kept'}, valid until {self.valid_until:%Y-%m-%d}"


def ensure_certificate(context: Context, *, new: bool = False) -> Flow[Certificate]:
    """The account's certificate: the one in the journal while it is good, else a new one, else none where the service
    has none.

    Raises:
        CertificateError: The service gave a pair whose halves do not belong together.
    """
    pair = None if new else context.journal.certificate()
    if pair is not None:
        try:
            return Certificate(pair, certificates.valid_until(pair, context.now()))
        except CertificateError as problem:
            context.say(f"{problem.what} Making a new one.")
    pair = yield from _make(context)
    if pair is None:
        return Certificate(None)
    valid_until = certificates.valid_until(pair, context.now())
    context.journal.save_certificate(pair)
    return Certificate(pair, valid_until, is_new=True)


def _make(context: Context) -> Flow[CertificatePair | None]:
    """A new pair; once more when the answer was lost, since an unused certificate costs nothing and grants nothing
    without its key."""
    try:
        return (yield from api.create())
    except OutcomeUnknownError as lost:
        context.say(f"{lost.what}. A certificate costs nothing: asking for another.")
    try:
        return (yield from api.create())
    finally:
        context.say("")  # nothing is asked for any more
