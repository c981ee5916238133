"""SDL text to everything that follows from it: issues, group specs, manifest, version hash. It never raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from akash_nb.sdl import groups as groups_
from akash_nb.sdl import manifest as manifest_
from akash_nb.sdl import network, schema, semantic
from akash_nb.sdl.hints import MAX_HINTS, hint
from akash_nb.sdl.issues import Finding, Issue, at
from akash_nb.sdl.model import SDL, model
from akash_nb.sdl.yaml_loader import Document, Span, UnreadableError, load

#: The most values a manifest may be made from; a short text can stand for a huge one.
MAX_PLACED = 150_000

#: Changes the parsed document in place before it is checked.
Amend = Callable[[dict[str, Any]], None]
#: How many values a value holds, aliases counted each time.
Weight = Callable[[Any], int]


@dataclass(frozen=True)
class Compiled:
    """What an SDL text means.

    Attributes:
        text: The text it was made from.
        document: The parsed document as plain values, after `amend`; None when the text is unreadable.
        errors: What keeps it from being deployed, in the reference's order; empty when it can be.
        warnings: What the network would refuse or surprise you with, although the SDL is valid; empty with errors.
        groups: The group specs that go on chain, JSON-ready, in the order of gseq; empty when there are errors.
        manifest: The text that providers get (contract §10); empty when there are errors.
        version: Base64 of the SHA-256 of `manifest`, which goes on chain; empty when there are errors.
        reclamation: The reclamation window as protobuf JSON; None when the SDL states none.
    """

    text: str = field(repr=False)  # it may hold secrets, and so may the document and the manifest
    document: Any = field(default=None, repr=False)
    errors: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    groups: list[dict[str, Any]] = field(default_factory=list)
    manifest: str = field(default="", repr=False)
    version: str = ""
    reclamation: dict[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether there are no errors; there may be warnings."""
        return not self.errors

    @cached_property
    def sdl(self) -> SDL | None:
        """The document as typed, immutable records, made when it is first asked for; None when there are errors."""
        return None if self.errors else model(self.document)


def compile(text: str | bytes, *, amend: Amend | None = None) -> Compiled:  # noqa: A001  (the verb for it: SDL to manifest)
    """Check an SDL and work out what would be deployed.

    Never raises, whatever the text: what is wrong is in `.errors`, each with path, line and column.

    Args:
        text: YAML; bytes must be UTF-8.
        amend: Called with the parsed document, when it is a mapping, to change it in place before it is checked. The
            Console does so: it sets the denom and adds its auditors (contract §11).
    """
    try:
        source = text if isinstance(text, str) else text.decode()
    except UnicodeDecodeError as error:
        readable = error.object.decode(errors="replace")
        return _unreadable(readable, f"the text is no UTF-8: {error.reason}", Span(1, 1, 1, 1))
    try:
        document = load(source)
    except UnreadableError as error:
        return _unreadable(source, error.message, error.span)
    sdl = document.value
    if amend is not None and isinstance(sdl, dict):
        amend(sdl)
    findings = checked(sdl, document.weight)
    if findings:
        return Compiled(source, sdl, placed(findings, document))
    built = groups_.build(sdl)
    manifest = manifest_.sorted_json(manifest_.manifest(built, groups_.ip_numbers(sdl)))
    return Compiled(
        source,
        sdl,
        warnings=placed(network.check(sdl, built), document),
        groups=groups_.specs(built),
        manifest=manifest,
        version=manifest_.version_of(manifest),
        reclamation=groups_.reclamation(sdl),
    )


def checked(sdl: Any, weight: Weight) -> list[Finding]:
    """What keeps a document from being deployed."""
    return schema.check(sdl) or _too_much(sdl, weight) or semantic.check(sdl)


def _too_much(sdl: dict[str, Any], weight: Weight) -> list[Finding]:
    """A refusal of a document whose manifest would be huge: each placement repeats its services and their profiles."""
    services, profiles = sdl["services"], sdl["profiles"]["compute"]
    values = sum(
        weight(services.get(name)) + weight(profiles.get(entry["profile"]))
        for name, placements in sdl["deployment"].items()
        for entry in placements.values()
    )
    if values <= MAX_PLACED:
        return []
    return [Finding(f"The manifest would hold more than {MAX_PLACED:,} values.", at("deployment"), "semantic")]


def _unreadable(text: str, message: str, span: Span) -> Compiled:
    return Compiled(text, errors=(Issue(message, "", "yaml", *span),))


def placed(findings: Iterable[Finding], document: Document) -> tuple[Issue, ...]:
    """The findings as issues, each at its place in the text, the first of them with hints."""
    return tuple(
        Issue(
            f.message,
            f.pointer,
            f.layer,
            *document.span(f.path, f.key),
            hint(f, document.value) if n < MAX_HINTS else "",
            f.crashes,
        )
        for n, f in enumerate(findings)
    )
