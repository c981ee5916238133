"""Serves the page: Voilà with our template and notebook, and with a token, since who opens the page can spend."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import pathname2url

from traitlets.config import Config
from voila.app import Voila

FOLDER = Path(__file__).parent

#: A page that is left ends its kernel itself; this is for the one that could not, such as that of a lost browser.
_LEFT_S = 600

OPTIONS = [
    str(FOLDER / "studio.ipynb"),
    "--template=akash-nb",
    "--token",  # a fresh one, as JupyterLab has it
    "--show_tracebacks=True",
    f"--MappingKernelManager.cull_idle_timeout={_LEFT_S}",
    "--MappingKernelManager.cull_interval=60",
]


class Page(Voila):  # type: ignore[misc]
    """Voilà, which opens the browser with the token."""

    def launch_browser(self) -> None:
        """By a file that only the user can read: a command line is everybody's to see. Without a browser, the address
        that was printed is there."""
        url = f"{self.connection_url}?{urlencode({'token': self.identity_provider.token})}"
        handle, path = tempfile.mkstemp(suffix=".html")
        with open(handle, "w", encoding="utf-8") as file:
            file.write(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(url)}">')
        with suppress(webbrowser.Error):
            webbrowser.get(self.browser or None).open(f"file:{pathname2url(path)}")


def _with_cookie(handler: Any, **kwargs: Any) -> None:
    """Asking for the token sets the cookie that goes with it; without, the page may not end its kernel when it is
    left."""
    _ = handler.xsrf_token


def main() -> None:
    paths = [str(FOLDER), *filter(None, [os.environ.get("JUPYTER_PATH")])]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)  # where the template is looked for
    Page.launch_instance(
        [*OPTIONS, *sys.argv[1:]], config=Config({"VoilaConfiguration": {"prelaunch_hook": _with_cookie}})
    )


if __name__ == "__main__":
    main()
