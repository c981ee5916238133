"""What a simulated container holds: its name, its variables, and files that last as long as somebody looks."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass

#: The longest text that a file or a variable holds, in characters.
LONGEST = 65_536
#: The most that all files together hold, and that one script writes, in characters.
MOST = 16 * LONGEST
#: Takes everything and holds nothing.
NOWHERE = "/dev/null"


@dataclass(frozen=True, slots=True)
class Container:
    """What a container looks like from inside at first. `files` by absolute path."""

    hostname: str
    env: Mapping[str, str]
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command wrote and how it ended."""

    out: str = ""
    err: str = ""
    code: int = 0


class Files:
    """Files by absolute path; a directory is there as long as a file is in it."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = dict(texts)
        self._changed: dict[str, str | None] = {}

    def changed(self) -> dict[str, str | None]:
        """What was written since this was last asked for, by path; None for what was taken away."""
        changed, self._changed = self._changed, {}
        return changed

    def is_file(self, path: str) -> bool:
        return path in self._texts or path == NOWHERE

    def is_directory(self, path: str) -> bool:
        return path == "/" or self.entries(path) is not None

    def exists(self, path: str) -> bool:
        return self.is_file(path) or self.is_directory(path)

    def entries(self, directory: str) -> list[str] | None:
        """The names in a directory; None when there is none of that path."""
        stem = directory.rstrip("/") + "/"
        names = {path[len(stem) :].split("/")[0] for path in self._texts if path.startswith(stem)}
        return sorted(names) or None

    def read(self, path: str) -> str:
        """A file's text.

        Raises:
            OSError: Why there is none, as `strerror`.
        """
        if self.is_file(path):
            return self._texts.get(path, "")
        raise OSError(0, "Is a directory" if self.is_directory(path) else "No such file or directory")

    def write(self, path: str, text: str) -> None:
        """Make a file, or give it another text.

        Raises:
            OSError: Why not, as `strerror`.
        """
        if path == NOWHERE:
            return
        if self.is_directory(path):
            raise OSError(0, "Is a directory")
        if not self.is_directory(posixpath.dirname(path)):
            raise OSError(0, "nonexistent directory")
        if len(text) > LONGEST or sum(len(name) + len(held) for name, held in self._texts.items()) + len(text) > MOST:
            raise OSError(0, "No space left on device")
        self._put(path, text)

    def make_directory(self, path: str) -> None:
        """Make a directory, and those above it."""
        if not self.is_directory(path):
            self._put(f"{path}/.keep", "")

    def remove(self, path: str) -> None:
        """Take away a file, or a directory with everything in it."""
        for name in [name for name in self._texts if name == path or name.startswith(f"{path.rstrip('/')}/")]:
            del self._texts[name]
            self._changed[name] = None

    def _put(self, path: str, text: str) -> None:
        self._texts[path] = self._changed[path] = text
