"""Where the journal is kept: a SQLite file that only its owner reads, its tables, and what becomes of failures."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import InvalidOperation
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

from akash_nb.errors import JournalError, JournalWarning

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
_PACKAGE = str(Path(__file__).parent.parent)


class JournalFile:
    """The file with its tables.

    Args:
        path: Made with mode 0600 where it is missing; None keeps everything in memory.

    Raises:
        JournalError: It cannot be opened or written.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            self.db = _open(path)
            self._check_version()
            self.db.executescript(_SCHEMA)
            self._add_missing()
        except (OSError, sqlite3.Error) as problem:
            raise _unusable(path, problem) from problem

    def close(self) -> None:
        """Close it; it cannot be used afterwards."""
        with self._lock:  # SQLite crashes when another thread is just reading
            self.db.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write before a request leaves.

        Raises:
            JournalError: It fails; nothing may be sent.
        """
        try:
            with self._lock, self.db:
                yield self.db
        except sqlite3.Error as problem:
            raise _unusable(self.path, problem) from problem

    @contextmanager
    def noting(self, what: str) -> Iterator[sqlite3.Connection]:
        """Write what has happened; where that fails it has happened all the same, and is warned of."""
        try:
            with self._lock, self.db:
                yield self.db
        except sqlite3.Error as problem:
            _warn(f"The journal {_name(self.path)} could not note that {what} ({problem}).")

    def read(self, sql: str, parameters: tuple[Any, ...], parse: Callable[[sqlite3.Row], T]) -> tuple[T, ...]:
        """The rows of a query as records; where it fails there are none, and that is warned of."""
        try:
            with self._lock:
                rows = self.db.execute(sql, parameters).fetchall()
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
        columns = {row["name"] for row in self.db.execute("pragma table_info(deployments)")}
        if "existing" not in columns:
            self.db.execute("alter table deployments add column existing text not null default '[]'")
        if "ends_at" not in columns:
            self.db.execute("alter table deployments add column ends_at text")

    def _check_version(self) -> None:
        found = self.db.execute("pragma user_version").fetchone()[0]
        if found > _VERSION:
            raise sqlite3.DatabaseError(f"it was written by a later version of akash-nb (format {found})")


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


def _name(path: Path | None) -> str:
    return str(path) if path else "in memory"


def _unusable(path: Path | None, problem: Exception) -> JournalError:
    return JournalError(
        f"The journal {_name(path)} cannot be used: {problem}.",
        means="Nothing was sent: without a journal a killed kernel could lose a paid deployment.",
        todo="Make its folder writable, or set AKASH_NB_HOME to one that is.",
    )
