"""When to send a call again, and after how long: pure decisions."""

from __future__ import annotations

from dataclasses import dataclass

from akash_nb.client.call import Repeat
from akash_nb.errors import (
    AkashError,
    APIError,
    ConnectionFailedError,
    RateLimitedError,
    ServiceError,
    WalletProvisioningError,
)

#: The web Console retries a wallet that is still being set up 15 times, from 1 s to 10 s apart (contract §13).
PROVISIONING_ATTEMPTS = 15
PROVISIONING_CAP_S = 10.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with jitter.

    Attributes:
        attempts: How often a call is sent at most, the first time included.
        base_s: Longest pause after the first attempt, in seconds; it doubles with each further one.
        cap_s: Longest pause, in seconds.
        patience_s: Longest pause that the service may ask for, in seconds; it asks for more, and the error is yours.
    """

    attempts: int = 4
    base_s: float = 0.75
    cap_s: float = 8.0
    patience_s: float = 60.0

    def delay(self, error: AkashError, *, repeat: Repeat, attempt: int, chance: float) -> float | None:
        """Seconds to wait before the next attempt; None when there must be none.

        Args:
            attempt: Attempts made so far, from 1.
            chance: A random number in 0..1: the pause lies between half and all of its bound.
        """
        provisioning = isinstance(error, WalletProvisioningError)
        if attempt >= (PROVISIONING_ATTEMPTS if provisioning else self.attempts):
            return None
        if not (_refused_before_work(error) or (repeat is Repeat.FREELY and _passing(error))):
            return None
        if isinstance(error, APIError) and error.retry_after_s is not None:
            return error.retry_after_s if error.retry_after_s <= self.patience_s else None
        base, cap = (1.0, PROVISIONING_CAP_S) if provisioning else (self.base_s, self.cap_s)
        return float(min(cap, base * 2 ** (attempt - 1)) * (0.5 + chance / 2))


def _refused_before_work(error: AkashError) -> bool:
    """The service did nothing, for certain, and may do it soon: even a spending call can be sent again."""
    if isinstance(error, ConnectionFailedError):
        return not error.was_sent
    return isinstance(error, RateLimitedError | WalletProvisioningError)


def _passing(error: AkashError) -> bool:
    return isinstance(error, ConnectionFailedError | ServiceError)
