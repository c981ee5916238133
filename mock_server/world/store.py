"""Where worlds live between two requests: in memory as live objects, or in an SQLite file as bytes.

A request is one transaction: read, change, write. With a file several processes share one world, and killing them
loses nothing that was answered.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class Store(Protocol):
    """Keeps records by key. `load` and `save` are called inside a `transaction` only, from one thread at a time."""

    def transaction(self) -> AbstractContextManager[None]:
        """Nobody else reads or writes inside the block. A block inside a block belongs to the outer one.

        An exception undoes what was changed in a file; live objects stay as they are then, since keeping a copy to go
        back to would make every write as slow as the world is large. Endpoints check before they change.
        """
        ...

    def load(self, key: str, kind: type[T]) -> T | None:
        """The record, or None; in one transaction always the same object."""
        ...

    def save(self, key: str, record: msgspec.Struct) -> None:
        """Keep a record, replacing the former one."""
        ...

    def delete(self, key: str) -> None:
        """Forget a record, if there is one."""
        ...

    def clear(self) -> None:
        """Forget all records."""
        ...


class MemoryStore:
    """Keeps live objects: loading costs next to nothing, and changes to a record are seen without saving."""

    def __init__(self) -> None:
        self._records: dict[str, Any] = {}
        self._transaction = nullcontext()

    def transaction(self) -> AbstractContextManager[None]:
        return self._transaction

    def load(self, key: str, kind: type[T]) -> T | None:
        return self._records.get(key)

    def save(self, key: str, record: msgspec.Struct) -> None:
        self._records[key] = record

    def delete(self, key: str) -> None:
        self._records.pop(key, None)

    def clear(self) -> None:
        self._records.clear()


class SqliteStore:
    """Keeps records in a file that only its owner can read. One connection; use one object per process.

    Raises:
        OSError: The file cannot be opened.
        ValueError: It was written by another version of this mock, or by something else.
    """

    #: Grows when the records' shape changes.
    VERSION = 3

    def __init__(self, path: str | Path) -> None:
        # Made before SQLite opens it, so that it never exists with wider permissions.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        #: Records as objects and as the bytes that the file holds, as long as nobody else writes to it.
        self._live: dict[str, Any] = {}
        self._written: dict[str, bytes] = {}
        self._seen = 0
        try:
            problem = self._prepare()
        except sqlite3.Error as error:
            problem = f"cannot be read: {error}"
        if problem:
            self._db.close()
            raise ValueError(f"{path} {problem}. Nothing was changed. Name another file.")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        self._forget_what_others_changed()
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            self._forget()
            raise
        else:
            self._db.execute("COMMIT")

    def load(self, key: str, kind: type[T]) -> T | None:
        if key not in self._live:
            row = self._db.execute("SELECT value FROM records WHERE key = ?", (key,)).fetchone()
            if row is not None:
                self._written[key], self._live[key] = row[0], msgspec.msgpack.decode(row[0], type=kind)
        return self._live.get(key)

    def save(self, key: str, record: msgspec.Struct) -> None:
        self._live[key], value = record, msgspec.msgpack.encode(record)
        if value != self._written.get(key):
            self._db.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (key, value))
            self._written[key] = value

    def delete(self, key: str) -> None:
        self._live.pop(key, None)
        self._written.pop(key, None)
        self._db.execute("DELETE FROM records WHERE key = ?", (key,))

    def clear(self) -> None:
        self._forget()
        self._db.execute("DELETE FROM records")

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _forget_what_others_changed(self) -> None:
        (version,) = self._db.execute("PRAGMA data_version").fetchone()
        if version != self._seen:
            self._seen = version
            self._forget()

    def _forget(self) -> None:
        self._live.clear()
        self._written.clear()

    def _prepare(self) -> str:
        """Make the table if the file is new; returns why the file cannot be used, or nothing."""
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version == 0 and tables:
            return "is a database of something else"
        if version not in (0, self.VERSION):
            return f"holds a mock world of version {version}; this mock reads version {self.VERSION}"
        self._db.execute("CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
        self._db.execute(f"PRAGMA user_version = {self.VERSION}")
        return ""


def open_store(url: str | None) -> Store:
    """The store that a text names: None for memory, else `sqlite:///FILE`.

    Raises:
        ValueError: The text names no store.
    """
    if url is None:
        return MemoryStore()
    prefix = "sqlite:///"
    if not url.startswith(prefix) or len(url) == len(prefix):
        raise ValueError(f"{url!r} names no store; expected sqlite:///FILE")
    return SqliteStore(url.removeprefix(prefix))
