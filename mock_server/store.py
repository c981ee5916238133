"""Where worlds live between two requests: in memory as live objects, or in an SQLite file as bytes.

A request is one transaction: read, change, write. With a file several processes share one world, and killing them
loses nothing that was answered.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class Store(Protocol):
    """Keeps records by key. `load` and `save` are called inside a `transaction` only, from one thread at a time."""

    def transaction(self) -> AbstractContextManager[None]:
        """Nobody else reads or writes inside the block; an exception undoes what was saved in it."""
        ...

    def load(self, key: str, kind: type[T]) -> T | None:
        """The record, or None."""
        ...

    def save(self, key: str, record: msgspec.Struct) -> None:
        """Keep a record, replacing the former one."""
        ...

    def clear(self) -> None:
        """Forget all records."""
        ...


class MemoryStore:
    """Keeps live objects: loading costs nothing, and changes to a record are seen without saving."""

    def __init__(self) -> None:
        self._records: dict[str, Any] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield

    def load(self, key: str, kind: type[T]) -> T | None:
        return self._records.get(key)

    def save(self, key: str, record: msgspec.Struct) -> None:
        self._records[key] = record

    def clear(self) -> None:
        self._records.clear()


class SqliteStore:
    """Keeps records in a file that only its owner can read. One connection; use one object per process.

    Raises:
        ValueError: The file was written by another version of this mock.
    """

    #: Grows when the records' shape changes.
    VERSION = 1

    def __init__(self, path: str | Path) -> None:
        # Made before SQLite opens it, so that it never exists with wider permissions.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._written: dict[str, bytes] = {}
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version not in (0, self.VERSION):
            self._db.close()
            raise ValueError(
                f"{path} holds a mock world of version {version}; this mock reads version {self.VERSION}. "
                "Nothing was changed. Name another file."
            )
        self._db.execute("CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, value BLOB NOT NULL)")
        self._db.execute(f"PRAGMA user_version = {self.VERSION}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def load(self, key: str, kind: type[T]) -> T | None:
        row = self._db.execute("SELECT value FROM records WHERE key = ?", (key,)).fetchone()
        if row is None:
            self._written.pop(key, None)
            return None
        self._written[key] = row[0]
        return msgspec.msgpack.decode(row[0], type=kind)

    def save(self, key: str, record: msgspec.Struct) -> None:
        value = msgspec.msgpack.encode(record)
        if value != self._written.get(key):
            self._db.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (key, value))

    def clear(self) -> None:
        self._written.clear()
        self._db.execute("DELETE FROM records")

    def close(self) -> None:
        """Close the file."""
        self._db.close()


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
