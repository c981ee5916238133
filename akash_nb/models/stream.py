"""What providers tell about a running workload: lines of logs, events, what a command in a container came to."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from akash_nb.models.wire import Json

#: Colours and other commands to a terminal (ECMA-48), and control characters that are none of text.
_CONTROL = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)


def plain_text(text: str) -> str:
    """Text without commands to a terminal; of a line that was written over (`\\r`), what stood there last."""
    cleaned = _CONTROL.sub("", text.replace("\r\n", "\n"))
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in cleaned.split("\n"))


def service_of(pod: str, services: Collection[str] = ()) -> str:
    """The service that a pod belongs to: its name begins with it.

    Args:
        services: The known ones; without them what stands before the first hyphen, as the web Console has it.
    """
    found = [name for name in services if pod == name or pod.startswith(f"{name}-")]
    return max(found, key=len) if found else pod.partition("-")[0]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a container wrote, as the provider told it: escapes and all.

    Attributes:
        pod: The replica that wrote it.
        seen_at: When it came here (UTC, the service's clock): the protocol has no times of its own.
    """

    service: str
    pod: str
    line: str
    seen_at: datetime

    @classmethod
    def from_wire(cls, value: Json, seen_at: datetime, services: Collection[str] = ()) -> LogLine:
        pod = str(value["name"])
        return cls(service_of(pod, services), pod, str(value["message"]), seen_at)

    def __str__(self) -> str:
        """What was written, without commands to a terminal."""
        return plain_text(self.line)


@dataclass(frozen=True, slots=True)
class LeaseEvent:
    """Something that Kubernetes did to a workload, such as pulling an image.

    Attributes:
        type: `Normal` or `Warning`.
        kind, object: What it was done to, such as `Pod` and its name.
        seen_at: When it came here (UTC, the service's clock): the protocol has no times of its own.
    """

    type: str
    reason: str
    note: str
    kind: str
    object: str
    service: str
    seen_at: datetime

    @classmethod
    def from_wire(cls, value: Json, seen_at: datetime, services: Collection[str] = ()) -> LeaseEvent:
        about = value.get("object") or {}
        name = str(about.get("name") or "")
        return cls(
            type=str(value.get("type") or ""),
            reason=str(value.get("reason") or ""),
            note=str(value.get("note") or ""),
            kind=str(about.get("kind") or ""),
            object=name,
            service=service_of(name, services),
            seen_at=seen_at,
        )

    def __str__(self) -> str:
        """In one line, a warning with a mark."""
        mark = "!" if self.type == "Warning" else " "
        return plain_text(f"{mark} {self.reason:<12}{self.note}  ({self.kind} {self.object})")


@dataclass(frozen=True, slots=True, repr=False)
class ShellResult:
    """What a command in a container came to.

    Attributes:
        exit_code: 0 is success; None when nobody knows, as of one that was left while it ran.
        is_truncated: It wrote more than is kept here (4 million characters of each stream).
    """

    command: str
    service: str
    stdout: str
    stderr: str
    exit_code: int | None
    is_truncated: bool = False

    def __repr__(self) -> str:
        code = "no exit code" if self.exit_code is None else f"exit code {self.exit_code}"
        return f"<ShellResult {self.command!r} in {self.service}: {code}>"

    def __str__(self) -> str:
        marked = "".join(f"stderr: {line}\n" for line in plain_text(self.stderr).splitlines())
        code = "" if self.exit_code == 0 else f"exit code: {'unknown' if self.exit_code is None else self.exit_code}\n"
        cut = "(more was written than is kept)\n" if self.is_truncated else ""
        return "\n".join(part.rstrip("\n") for part in (plain_text(self.stdout), marked, cut, code) if part)

    def _repr_pretty_(self, printer: object, cycle: bool) -> None:
        printer.text(str(self))  # type: ignore[attr-defined]  # IPython's, which has no types
