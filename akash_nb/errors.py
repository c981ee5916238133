"""Everything that can go wrong, named by meaning.

    AkashError
    ├── InvalidInputError        you passed something that cannot be used; nothing was sent
    │   ├── SDLError             the SDL text is wrong; `.issues` has line and column of each problem
    │   ├── OverBudgetError      it would go beyond a budget that you have set
    │   └── UnconfirmedError     it spends real money, and nobody has said yes to that
    ├── ConnectionFailedError    no answer came, and nothing can have changed on the service
    ├── OutcomeUnknownError      the answer to a spending call was lost; it may or may not have happened
    ├── StoppedError             you pressed stop while something was waiting
    ├── NoBidsError              no provider offered; `.explanation` says what was checked and what to change
    ├── NoChoiceError            bids came, but your policy passed over all of them
    ├── BidExpiredError          the chosen bid is gone
    │   └── BidDearerError       it is there again, for more than when it was chosen
    ├── LeaseFailedError         the lease step failed; `.cause` says why and whether money is bound
    ├── StreamError              logs, events or a shell could not be had from the provider; `.cause` says why
    ├── CertificateError         the certificate pair is unusable
    ├── JournalError             the local journal cannot be read or written
    └── APIError                 the service answered and said no
        ├── InvalidRequestError  400, 413, 422, 495 and other 4xx
        ├── AuthenticationError  401
        ├── OutOfFundsError      402
        ├── ForbiddenError       403
        ├── NotFoundError        404
        │   └── MissingRouteError
        ├── ConflictError        409
        │   └── WalletProvisioningError
        ├── RateLimitedError     429
        └── ServiceError         5xx, and answers that are no JSON

A message has up to three sentences: what happened, what it means for money or data, what to do next.
No error carries the API key, a request header or a response header.
"""

from __future__ import annotations

import itertools
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from akash_nb.units import counted

if TYPE_CHECKING:
    from akash_nb.explanation import Explanation, Finding
    from akash_nb.sdl.issues import Issue


class AkashError(Exception):
    """Base of every error of this package.

    Attributes:
        what: What happened.
        means: What it means for your money or data; empty when it means nothing.
        todo: What to do next; empty when there is nothing to do.
    """

    def __init__(self, what: str, *, means: str = "", todo: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.means = means
        self.todo = todo

    def __str__(self) -> str:
        rest = " ".join(part for part in (self.means, self.todo) if part)
        gap = "" if self.what.endswith("\n") else " "
        return f"{self.what}{gap}{rest}" if rest else self.what

    def __reduce__(self) -> tuple[Any, ...]:
        """Errors travel between processes whole, whatever their constructors ask for."""
        return _revived, (type(self), self.args, self.__dict__)

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows in place of a traceback: the user's own line, then what happened, what it means and
        what to do. How it came about inside this package explains nothing; a script still shows all of it."""
        here = _line_of_the_user(self.__traceback__)
        place = f" in line {here.lineno}: {here.line}" if here and here.line else ""
        said = (part.rstrip() for part in (self.what, self.means, self.todo) if part)
        return ["", f"\033[31m{type(self).__name__}\033[0m{place}", "", *said]


def _revived(kind: type[AkashError], args: tuple[Any, ...], state: dict[str, Any]) -> AkashError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


def _line_of_the_user(trace: TracebackType | None) -> traceback.FrameSummary | None:
    """The last line before the call went into this package; None when it did not come from outside."""
    package = str(Path(__file__).parent)
    outside = itertools.takewhile(lambda frame: not frame.filename.startswith(package), traceback.extract_tb(trace))
    return next(iter(list(outside)[-1:]), None)


class InvalidInputError(AkashError, ValueError):
    """You passed something that cannot be used; nothing was sent and nothing was spent."""


class SDLError(InvalidInputError):
    """The SDL has errors. `issues` holds all of them, each with path, line and column (1-based)."""

    def __init__(self, issues: Sequence[Issue], rendered: str) -> None:
        super().__init__(
            f"The SDL has {counted(len(issues), 'error')}:\n{rendered}\n",
            means="Nothing was sent and nothing was spent.",
            todo="Correct the lines above and try again.",
        )
        self.issues = tuple(issues)


class OverBudgetError(InvalidInputError):
    """It would go beyond a budget (`akash_nb.budget`). `budget` is the one that refused."""

    def __init__(self, what: str, *, budget: Any, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.budget = budget


class UnconfirmedError(InvalidInputError):
    """It spends real money, and was not confirmed with `confirm=True`; nothing was sent."""


class ConnectionFailedError(AkashError):
    """The service could not be reached, or did not answer a call that changes nothing when repeated.

    Attributes:
        was_sent: False when the request certainly never left.
    """

    def __init__(self, what: str, *, was_sent: bool, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.was_sent = was_sent


class OutcomeUnknownError(AkashError):
    """The answer to a spending call was lost: it may have happened, and it is not repeated.

    Attributes:
        operation: The operation whose answer was lost, such as `createDeployment`.
        dseq: The deployment concerned, or None when it was being created.
    """

    def __init__(self, what: str, *, operation: str, dseq: str | None = None, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.operation = operation
        self.dseq = dseq


class StoppedError(AkashError):
    """A wait was stopped on request; what was open before is still open."""


class NoBidsError(AkashError):
    """No bid came in time. `explanation` says what was checked and what would change it; `findings` are its causes."""

    def __init__(self, what: str, *, explanation: Explanation, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.explanation = explanation

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Each cause that was checked, the likeliest first."""
        return self.explanation.findings


class NoChoiceError(AkashError):
    """There are bids, but the policy passed over every one. `choice` says why, bid by bid."""

    def __init__(self, what: str, *, choice: Any, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.choice = choice


class BidExpiredError(AkashError):
    """The chosen bid is no longer open; no lease was made."""


class BidDearerError(BidExpiredError):
    """A chosen bid costs more now than when it was chosen: its provider has bid anew. No lease was made."""


class LeaseFailedError(AkashError):
    """The lease step failed for good.

    Attributes:
        cause: `certificate`, `bid_gone`, `provider_busy`, `manifest` or `other`.
        lease_exists: True when the lease is on chain and drains escrow although no workload runs, False when it is
            not, None when that could not be found out.
    """

    def __init__(self, what: str, *, cause: str, lease_exists: bool | None, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.cause = cause
        self.lease_exists = lease_exists


class StreamError(AkashError):
    """Logs, events or a shell could not be had from the provider, or broke off. Nothing was spent by it.

    Attributes:
        cause: `no_pods`, `no_lease`, `certificate`, `expired`, `refused`, `failed` (the provider is down, or refuses),
            `broken` (the line), `unreachable` (the provider-proxy), `lost` (a command whose end nobody told) or
            `timeout`.
        result: Of a shell, what the command has written so far; else None.
    """

    def __init__(self, what: str, *, cause: str, result: Any = None, means: str = "", todo: str = "") -> None:
        super().__init__(what, means=means, todo=todo)
        self.cause = cause
        self.result = result


class CertificateError(AkashError):
    """The certificate pair cannot be used: halves of different pairs, expired, or unreadable."""


class JournalError(AkashError):
    """The local journal cannot be read or written; nothing is spent without it."""


class JournalWarning(UserWarning):
    """Something happened on the service, and the local journal could not note it; or a row of it cannot be read."""


class APIError(AkashError):
    """The service answered and refused.

    Attributes:
        status: HTTP status.
        code: The service's slug, such as `validation_error`; empty when it sent none.
        message: The service's own text.
        data: Details, such as the list of validation problems; None when there are none.
        operation: The operation that was refused, such as `createLease`.
        retry_after_s: Seconds the service asked to wait; None when it did not.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        data: Any = None,
        operation: str = "",
        retry_after_s: float | None = None,
        means: str = "",
        todo: str = "",
    ) -> None:
        super().__init__(f"{operation or 'The service'} answered {status}: {message}", means=means, todo=todo)
        self.status = status
        self.code = code
        self.message = message
        self.data = data
        self.operation = operation
        self.retry_after_s = retry_after_s


class InvalidRequestError(APIError):
    """The service found the request wrong (400, 413, 422, 495); nothing was spent."""


class AuthenticationError(APIError):
    """The API key is missing, wrong or expired (401)."""


class OutOfFundsError(APIError):
    """The wallet cannot pay for this (402); nothing was spent."""


class ForbiddenError(APIError):
    """The key's account may not do this (403)."""


class NotFoundError(APIError):
    """The service does not know this (404)."""


class MissingRouteError(NotFoundError):
    """The service has no such endpoint at all (a plain 404): it speaks the other dialect."""


class ConflictError(APIError):
    """The request collides with the present state (409)."""


class WalletProvisioningError(ConflictError):
    """The wallet is still being set up (409 `wallet_provisioning`); the same call works shortly."""


class RateLimitedError(APIError):
    """Too many requests (429)."""


class ServiceError(APIError):
    """The service failed (5xx), or its answer could not be read."""
