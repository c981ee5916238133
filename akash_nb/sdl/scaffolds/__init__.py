"""SDL files to start from, one per kind of deployment: valid, with comments and pinned images."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from akash_nb.errors import InvalidInputError

FOLDER = Path(__file__).parent

#: The scaffolds by name, and what each is for.
SCAFFOLDS = MappingProxyType(
    {
        "web": "one small web server at a public address",
        "gpu": "a language model with a GPU, behind the API of OpenAI",
        "multi-service": "a web application with a database that only it can reach",
        "ip-lease": "a server with an IP address of its own, on TCP and UDP ports as they are",
        "persistent-storage": "a database whose data outlives restarts and updates",
    }
)


def scaffold(name: str) -> str:
    """The text of a scaffold.

    Args:
        name: One of `SCAFFOLDS`.

    Raises:
        InvalidInputError: There is none of that name.
    """
    if name not in SCAFFOLDS:
        raise InvalidInputError(f"There is no scaffold {name!r}.", todo=f"There are: {', '.join(SCAFFOLDS)}.")
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
