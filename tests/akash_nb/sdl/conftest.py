from __future__ import annotations

from collections.abc import Callable

import pytest

from akash_nb.sdl import Compiled
from akash_nb.sdl import compile as compile_sdl

#: One small service; the line numbers below are tested against.
HELLO = """\
version: "2.0"
services:
  web:
    image: ghcr.io/akash-network/hello-akash-world:2.1.0
    expose:
      - port: 3000
        as: 80
        to:
          - global: true
profiles:
  compute:
    web:
      resources:
        cpu:
          units: 0.5
        memory:
          size: 512Mi
        storage:
          size: 512Mi
  placement:
    dcloud:
      pricing:
        web:
          denom: uact
          amount: 1000
deployment:
  web:
    dcloud:
      profile: web
      count: 1
"""

Edit = Callable[..., str]


@pytest.fixture
def edited() -> Edit:
    """The small SDL with each of some pieces of text, which must be there, put in place of another."""

    def edit(*changes: tuple[str, str]) -> str:
        text = HELLO
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        return text

    return edit


@pytest.fixture
def compiled(edited: Edit) -> Callable[..., Compiled]:
    """The small SDL, changed and compiled."""
    return lambda *changes: compile_sdl(edited(*changes))
