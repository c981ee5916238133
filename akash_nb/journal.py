"""What must never be lost: a small SQLite file in the user's data folder, written before a request leaves.

Each action that spends or changes something is noted when it is asked for and again when its answer is known, so that
a killed kernel leaves a trace of everything: the SDL, the dseq, the manifest, the certificate pair, the choice of bids.
The file holds SDL texts (with whatever secrets their `env` has) and private keys, so it is readable by its owner only
(mode 0600); it never holds an API key. Entries are kept apart by account, so that keys and the mock do not mix.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from akash_nb.errors import JournalError, JournalWarning
from akash_nb.models import CertificatePair
from akash_nb.money import Coin

T = TypeVar("T")

_VERSION = 1
_SCHEMA = f"""
pragma user_version = {_VERSION};
create table if not exists deployments (
    id integer primary key, account text not null, dseq text, sdl text not null, version text not null,
    deposit_usd text not null, manifest text, state text not null, asked_at text not null, existing text not null,
    ends_at text, unique (account, dseq));
create table if not exists actions (
    id integer primary key, account text not null, dseq text, kind text not null, detail text not null,
    asked_at text not null, outcome text not null default 'asked', answer text not null default '');
create table if not exists certificates (
    account text primary key, cert_pem text not null, key_pem text not null, public_pem text not null);
create table if not exists bids_seen (
    account text not null, demand text not null, provider text not null, denom text not null, amount text not null,
    at text not null, primary key (account, demand, provider));
create table if not exists tags (
    account text not null, dseq text not null, tag text not null, primary key (account, dseq, tag));
"""
_BUSY_TIMEOUT_S = 10.0
_PACKAGE = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class Entry:
    """A deployment as the journal knows it.

    Attributes:
        state: `asked` (the request left, no answer yet), `open`, `closed`, `refused`, `unknown` (answer lost and
            not found since), or `missing` (still not there when it could no longer come).
        dseq: None while `asked`, `refused`, `unknown` or `missing`.
        version: Base64 of the manifest's hash, by which a lost deployment is recognised.
        deposit_usd: None where it was not made from here.
        manifest: None until the answer to create is known.
        asked_at: UTC, by the service's clock where it was known.
        existing: The deployments that were open when it was asked for, so that none of them is taken for it.
        ends_at: When a budget wants it closed, UTC; None without a limit.
    """

    id: int
    dseq: str | None
    sdl: str = field(repr=False)  # it may hold passwords, as does the manifest
    version: str
    deposit_usd: Decimal | None
    manifest: str | None = field(repr=False)
    state: str
    asked_at: datetime
    existing: frozenset[str]
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that was asked of the service: `kind` is create, lease, deposit, update or close; `outcome` is asked
    (no answer known), done, refused or unknown. Two ask nothing: a `plan` says what the deployment was expected to
    cost, and `extend` until when it may run."""

    id: int
    dseq: str | None
    kind: str
    detail: dict[str, Any] = field(repr=False)
    asked_at: datetime
    outcome: str
    answer: str


@dataclass(frozen=True, slots=True)
class Text:
    """An SDL with the manifest and the hash that were made from it; `manifest` is None where it is not known."""

    sdl: str = field(repr=False)
    version: str
    manifest: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SeenBid:
    """What a provider asked per block for a demand when it bid on it last; `at` is when, UTC."""

    provider: str
    price: Coin
    at: datetime


class Journal:
    """The journal of one account.

    Args:
        path: The SQLite file, made with mode 0600 where it is missing; None keeps everything in memory.
        account: Whose entries to read and write: `host:fingerprint of the key`.

    Attributes:
        wallet: Equal for all journals of that account in one file.

    What is written before a request raises `JournalError` where it fails, and nothing is sent. What is read, and what
    is written after an answer, only warns (`JournalWarning`): it must not hide what has happened.

    Raises:
        JournalError: The file cannot be opened or written; nothing is spent without it.
    """

    def __init__(self, path: Path | None, account: str) -> None:
        self.path = path
        self.account = account
        self.wallet: Hashable = (path.resolve(), account) if path else object()
        self._lock = threading.RLock()
        try:
            self._db = _open(path)
            self._check_version()
            self._db.executescript(_SCHEMA)
            self._add_missing()
        except (OSError, sqlite3.Error) as problem:
            raise _unusable(path, problem) from problem

    def __repr__(self) -> str:
        return f"<Journal {self.account}>"

    def close(self) -> None:
        """Close the file; the journal cannot be used afterwards."""
        with self._lock:  # SQLite crashes when another thread is just reading
            self._db.close()

    # Deployments

    def asked_to_create(
        self,
        sdl: str,
        version: str,
        deposit_usd: Decimal,
        at: datetime,
        existing: Iterable[str] = (),
        ends_at: datetime | None = None,
    ) -> int:
        """Note that a create is about to be sent, beside these open deployments; returns the entry's id."""
        open_now, end = json.dumps(sorted(existing)), ends_at.isoformat() if ends_at else None
        with self._write() as db:
            row = db.execute(
                "insert into deployments (account, sdl, version, deposit_usd, state, asked_at, existing, ends_at)"
                " values (?, ?, ?, ?, 'asked', ?, ?, ?)",
                (self.account, sdl, version, str(deposit_usd), at.isoformat(), open_now, end),
            )
            return int(row.lastrowid or 0)

    def limit(self, dseq: str, ends_at: datetime) -> None:
        """Note when a deployment that exists is to be closed, before it is leased, or given more time."""
        with self._write() as db:
            db.execute(
                "update deployments set ends_at = ? where account = ? and dseq = ?",
                (ends_at.isoformat(), self.account, dseq),
            )

    def created(self, entry_id: int, dseq: str, manifest: str) -> None:
        """Note the answer to a create. It is the one who knows: a guess that gave the number to another entry is
        taken back."""
        others = (self.account, dseq, entry_id)
        with self._note(f"deployment {dseq} was created; session.resume() finds it by its hash") as db:
            db.execute("delete from deployments where account = ? and dseq = ? and id != ? and sdl = ''", others)
            db.execute(
                "update deployments set dseq = null, state = iif(state = 'closed', 'closed', 'unknown')"
                " where account = ? and dseq = ? and id != ?",
                others,
            )
            db.execute(
                "update deployments set dseq = ?, manifest = ?, state = 'open' where id = ?", (dseq, manifest, entry_id)
            )

    def set_state(self, entry_id: int, state: str) -> None:
        """Note what became of a create without a deployment: `refused`, `unknown` or `missing`."""
        with self._note(f"the outcome of a create is: {state}") as db:
            # Another notebook may have looked meanwhile, and found it.
            db.execute("update deployments set state = ? where id = ? and dseq is null", (state, entry_id))

    def adopted(self, dseq: str, version: str, at: datetime) -> None:
        """Note a deployment that was found on the service but not made from here; its SDL is unknown."""
        with self._note(f"deployment {dseq} was found") as db:
            db.execute(
                "insert or ignore into deployments"
                " (account, dseq, sdl, version, deposit_usd, state, asked_at, existing)"
                " values (?, ?, '', ?, '', 'open', ?, '[]')",
                (self.account, dseq, version, at.isoformat()),
            )

    def learned(self, dseq: str, text: Text, at: datetime) -> None:
        """Note what SDL and manifest a deployment has; what was deposited is not known where it was made elsewhere."""
        with self._note(f"deployment {dseq} has that SDL") as db:
            db.execute(
                "insert into deployments"
                " (account, dseq, sdl, version, deposit_usd, manifest, state, asked_at, existing)"
                " values (?, ?, ?, ?, '', ?, 'open', ?, '[]')"
                " on conflict (account, dseq) do update set"
                " sdl = excluded.sdl, version = excluded.version, manifest = excluded.manifest",
                (self.account, dseq, text.sdl, text.version, text.manifest, at.isoformat()),
            )

    def text_of(self, version: str) -> Text | None:
        """The SDL and manifest with that hash, from any deployment or update of this service, also with another key;
        None when there is none."""
        host, _, key = self.account.rpartition(":")
        mine = (self.account, f"{host}:" if host and key else self.account)
        of_this_service = "(account = ? or substr(account, 1, length(?2)) = ?2)"
        sql = f"""
            select sdl, version, manifest from deployments
            where {of_this_service} and version = ?3 and sdl != ''
            union all
            select json_extract(detail, '$.sdl'), json_extract(detail, '$.version'), json_extract(detail, '$.manifest')
            from actions where {of_this_service} and kind = 'update' and json_extract(detail, '$.version') = ?3
        """  # noqa: S608  the only thing put in is ours
        found = self._read(sql.replace("account = ?", "account = ?1"), (*mine, version), lambda row: Text(*row))
        return next((text for text in found if text.manifest), next(iter(found), None))

    def reopened(self, dseq: str) -> None:
        """Note that a deployment is open after all."""
        with self._note(f"deployment {dseq} is open") as db:
            db.execute("update deployments set state = 'open' where account = ? and dseq = ?", (self.account, dseq))

    def updated(self, dseq: str, sdl: str, version: str, manifest: str) -> None:
        """Note a new SDL of a running deployment."""
        with self._note(f"deployment {dseq} was updated") as db:
            db.execute(
                "update deployments set sdl = ?, version = ?, manifest = ? where account = ? and dseq = ?",
                (sdl, version, manifest, self.account, dseq),
            )

    def closed(self, dseq: str) -> None:
        """Note that a deployment is closed."""
        with self._note(f"deployment {dseq} was closed") as db:
            db.execute("update deployments set state = 'closed' where account = ? and dseq = ?", (self.account, dseq))

    def entries(self, *states: str) -> tuple[Entry, ...]:
        """Deployments in these states (all without any), oldest first."""
        found = self._read("select * from deployments where account = ? order by id", (self.account,), _entry)
        return tuple(entry for entry in found if not states or entry.state in states)

    def entry(self, dseq: str) -> Entry | None:
        """The deployment with that number; None when the journal does not know it."""
        return next((entry for entry in self.entries() if entry.dseq == dseq), None)

    def deposited_usd(self, dseq: str) -> Decimal | None:
        """US dollars that were put into a deployment from here: its deposit and what was added since; None where it
        was made elsewhere, or the answer to a deposit was lost."""
        entry = self.entry(dseq)
        added = [action for action in self.actions(dseq) if action.kind == "deposit" and action.outcome != "refused"]
        if entry is None or entry.deposit_usd is None or any(action.outcome != "done" for action in added):
            return None
        return entry.deposit_usd + sum((Decimal(action.detail["usd"]) for action in added), Decimal(0))

    # Actions

    def asked(self, kind: str, dseq: str | None, detail: dict[str, Any], at: datetime) -> ActionNote:
        """Note an action before its request leaves; the note takes its outcome. Without one it stays `asked`: nobody
        knows."""
        with self._write() as db:
            row = db.execute(
                "insert into actions (account, dseq, kind, detail, asked_at) values (?, ?, ?, ?, ?)",
                (self.account, dseq, kind, json.dumps(detail), at.isoformat()),
            )
            return ActionNote(self, int(row.lastrowid or 0))

    def noted(self, kind: str, dseq: str, detail: dict[str, Any], at: datetime) -> None:
        """Note something that is so already, and needs no answer."""
        with self._note(f"deployment {dseq} has a {kind}") as db:
            db.execute(
                "insert into actions (account, dseq, kind, detail, asked_at, outcome) values (?, ?, ?, ?, ?, 'done')",
                (self.account, dseq, kind, json.dumps(detail), at.isoformat()),
            )

    def outcome(self, action_id: int, outcome: str, answer: str) -> None:
        """Note what became of an action: `done`, `refused` or `unknown`."""
        with self._note(f"the outcome of an action is: {outcome}") as db:
            db.execute("update actions set outcome = ?, answer = ? where id = ?", (outcome, answer, action_id))

    def actions(self, dseq: str | None = None) -> tuple[Action, ...]:
        """Actions of one deployment, or of all, oldest first."""
        return self._read(
            "select * from actions where account = ? and (? is null or dseq = ?) order by id",
            (self.account, dseq, dseq),
            _action,
        )

    def done(self, kind: str, dseq: str) -> tuple[Action, ...]:
        """Actions of that kind on a deployment that happened, oldest first."""
        return tuple(a for a in self.actions(dseq) if a.kind == kind and a.outcome == "done")

    def unsettled(self, kind: str, dseq: str) -> tuple[Action, ...]:
        """Actions of that kind on a deployment whose outcome nobody knows, oldest first."""
        return tuple(a for a in self.actions(dseq) if a.kind == kind and a.outcome in ("asked", "unknown"))

    # Tags

    def tag(self, dseq: str, tags: Iterable[str]) -> None:
        """Give a deployment these tags, and no others."""
        with self._write() as db:
            db.execute("delete from tags where account = ? and dseq = ?", (self.account, dseq))
            db.executemany("insert or ignore into tags values (?, ?, ?)", [(self.account, dseq, tag) for tag in tags])

    def tags(self) -> dict[str, tuple[str, ...]]:
        """Deployment -> its tags, sorted; those without any are missing."""
        found: dict[str, tuple[str, ...]] = {}
        rows = "select dseq, tag from tags where account = ? order by dseq, tag"
        for dseq, tag in self._read(rows, (self.account,), tuple):
            found[dseq] = (*found.get(dseq, ()), tag)
        return found

    # Bids seen

    def saw_bids(self, demand: str, bids: Iterable[SeenBid]) -> None:
        """Note what providers asked for a demand (`GroupDemand.key`); of each provider the last bid is kept."""
        rows = [
            (self.account, demand, bid.provider, bid.price.denom, str(bid.price.amount), bid.at.isoformat())
            for bid in bids
        ]
        with self._note(f"{len(rows)} bids came") as db:
            db.executemany(
                "insert into bids_seen values (?, ?, ?, ?, ?, ?) on conflict do update set"
                " denom = excluded.denom, amount = excluded.amount, at = excluded.at where excluded.at >= at",
                rows,
            )

    def bids_seen(self, demand: str, *, since: datetime) -> tuple[SeenBid, ...]:
        """The last bid of each provider on a demand that was made since then (UTC), by provider."""
        return self._read(
            "select * from bids_seen where account = ? and demand = ? and at >= ? order by provider",
            (self.account, demand, since.isoformat()),
            _seen_bid,
        )

    # The certificate pair

    def certificate(self) -> CertificatePair | None:
        """The account's certificate pair; None when there is none."""
        rows = self._read("select * from certificates where account = ?", (self.account,), _pair)
        return next(iter(rows), None)

    def save_certificate(self, pair: CertificatePair) -> None:
        """Keep a pair instead of the present one."""
        with self._write() as db:
            db.execute(
                "insert or replace into certificates values (?, ?, ?, ?)",
                (self.account, pair.cert_pem, pair.key_pem, pair.public_pem),
            )

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._db:
                yield self._db
        except sqlite3.Error as problem:
            raise _unusable(self.path, problem) from problem

    @contextmanager
    def _note(self, what: str) -> Iterator[sqlite3.Connection]:
        """Write what has happened; where that fails it has happened all the same."""
        try:
            with self._lock, self._db:
                yield self._db
        except sqlite3.Error as problem:
            _warn(f"The journal {_name(self.path)} could not note that {what} ({problem}).")

    def _read(self, sql: str, parameters: tuple[Any, ...], parse: Callable[[sqlite3.Row], T]) -> tuple[T, ...]:
        try:
            with self._lock:
                rows = self._db.execute(sql, parameters).fetchall()
        except sqlite3.Error as problem:
            _warn(f"The journal {_name(self.path)} cannot be read ({problem}): what it knows is missing here.")
            return ()
        return tuple(item for row in rows for item in self._readable(row, parse))

    def _readable(self, row: sqlite3.Row, parse: Callable[[sqlite3.Row], T]) -> Iterator[T]:
        """The row as a record; one that cannot be read must not hide the others."""
        try:
            yield parse(row)
        except (LookupError, TypeError, ValueError, InvalidOperation) as problem:
            _warn(f"A row of the journal {_name(self.path)} cannot be read and is passed over ({problem!r}).")

    def _add_missing(self) -> None:
        """What files of the first format lack."""
        columns = {row["name"] for row in self._db.execute("pragma table_info(deployments)")}
        if "existing" not in columns:
            self._db.execute("alter table deployments add column existing text not null default '[]'")
        if "ends_at" not in columns:
            self._db.execute("alter table deployments add column ends_at text")

    def _check_version(self) -> None:
        found = self._db.execute("pragma user_version").fetchone()[0]
        if found > _VERSION:
            raise sqlite3.DatabaseError(f"it was written by a later version of akash-nb (format {found})")


@dataclass(frozen=True, slots=True)
class ActionNote:
    """The open entry of an action; exactly one of the three is called when its answer is known."""

    journal: Journal
    id: int

    def done(self, answer: str = "") -> None:
        """It happened."""
        self.journal.outcome(self.id, "done", answer)

    def refused(self, answer: str) -> None:
        """The service refused; nothing changed."""
        self.journal.outcome(self.id, "refused", answer)

    def unknown(self, answer: str) -> None:
        """The answer was lost."""
        self.journal.outcome(self.id, "unknown", answer)


def _warn(text: str) -> None:
    """Warn at the user's own line; where warnings are errors, say it in the log: this must not stop what has begun."""
    frame: FrameType | None = sys._getframe()
    level = 1
    while frame is not None and frame.f_code.co_filename.startswith((_PACKAGE, contextlib.__file__)):
        frame, level = frame.f_back, level + 1
    try:
        warnings.warn(JournalWarning(text), stacklevel=level)
    except JournalWarning:
        logging.getLogger(__name__).error(text)


def _open(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Made by us first, since SQLite would make it readable by others.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path or ":memory:", timeout=_BUSY_TIMEOUT_S, check_same_thread=False)
    db.row_factory = sqlite3.Row
    return db


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(
        id=row["id"],
        dseq=row["dseq"],
        sdl=row["sdl"],
        version=row["version"],
        deposit_usd=Decimal(row["deposit_usd"]) if row["deposit_usd"] else None,
        manifest=row["manifest"],
        state=row["state"],
        asked_at=datetime.fromisoformat(row["asked_at"]),
        existing=frozenset(json.loads(row["existing"])),
        ends_at=datetime.fromisoformat(row["ends_at"]) if row["ends_at"] else None,
    )


def _seen_bid(row: sqlite3.Row) -> SeenBid:
    price = Coin(row["denom"], Decimal(row["amount"]))
    return SeenBid(row["provider"], price, datetime.fromisoformat(row["at"]))


def _pair(row: sqlite3.Row) -> CertificatePair:
    return CertificatePair(row["cert_pem"], row["key_pem"], row["public_pem"])


def _action(row: sqlite3.Row) -> Action:
    return Action(
        id=row["id"],
        dseq=row["dseq"],
        kind=row["kind"],
        detail=json.loads(row["detail"]),
        asked_at=datetime.fromisoformat(row["asked_at"]),
        outcome=row["outcome"],
        answer=row["answer"],
    )


def _name(path: Path | None) -> str:
    return str(path) if path else "in memory"


def _unusable(path: Path | None, problem: Exception) -> JournalError:
    return JournalError(
        f"The journal {_name(path)} cannot be used: {problem}.",
        means="Nothing was sent: without a journal a killed kernel could lose a paid deployment.",
        todo="Make its folder writable, or set AKASH_NB_HOME to one that is.",
    )
