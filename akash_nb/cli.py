"""`akash-nb lab` opens the first lesson in JupyterLab, `akash-nb app` the studio as a page of its own; `akash-nb demo`
makes the lesson's journey in the terminal. `akash-nb sdl` works with SDL files.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from akash_nb import __version__, cli_sdl
from akash_nb.errors import AkashError

FIRST_LESSON = "01-first-deployment.ipynb"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except AkashError as error:
        print(f"\nakash-nb: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nakash-nb: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader, such as `head`, has enough; what Python would still write at its exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="akash-nb", description="Rent compute on the Akash marketplace.")
    parser.add_argument("--version", action="version", version=f"akash-nb {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="open the first lesson in JupyterLab, on the bundled mock")
    lab.add_argument("--live", action="store_true", help="keep AKASH_API_KEY: the notebook then spends real money")
    lab.add_argument("jupyter", nargs="*", metavar="-- OPTION", help="options for JupyterLab, such as -- --no-browser")
    lab.set_defaults(run=_lab)

    app = commands.add_parser("app", help="open the studio as a page of its own, on the bundled mock")
    app.add_argument("--live", action="store_true", help="keep AKASH_API_KEY: the page then spends real money")
    app.add_argument("voila", nargs="*", metavar="-- OPTION", help="options for Voilà, such as -- --no-browser")
    app.set_defaults(run=_app)

    demo = commands.add_parser("demo", help="deploy, choose a bid, run and close on the bundled mock, in the terminal")
    demo.add_argument("--sdl", type=Path, metavar="FILE", help="an SDL file to deploy; default: a small web server")
    demo.add_argument("--deposit", default="5", metavar="USD", help="US dollars of mock money to lock (default 5)")
    demo.add_argument("--dialect", choices=("live", "guide"), default="live", help="the API dialect the mock speaks")
    demo.add_argument("--seed", type=int, default=7, help="seed of the simulated market (default 7)")
    demo.add_argument("--instant", action="store_true", help="do not wait: let the mock's clock jump")
    demo.set_defaults(run=_demo)

    cli_sdl.register(commands)
    return parser


def _demo(options: argparse.Namespace) -> int:
    from akash_nb.demo import run  # loads pandas and the mock, which other commands do not need

    return run(
        sdl=options.sdl,
        deposit_usd=options.deposit,
        dialect=options.dialect,
        seed=options.seed,
        instant=options.instant,
    )


def _lab(options: argparse.Namespace) -> int:
    # By its address, not as a file: then the URL that is printed opens it too, for people without a browser there.
    opening = [f"--ServerApp.root_dir={lessons_folder()}", f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}"]
    return _serve("JupyterLab", ["jupyter", "lab", *opening, *_as_root(), *options.jupyter], is_live=options.live)


def _app(options: argparse.Namespace) -> int:
    if find_spec("voila") is None:
        raise AkashError(
            "The studio as a page of its own needs Voilà, which is not installed.",
            means="Nothing was started.",
            todo="Install it: pip install 'akash-nb[app]'.",
        )
    return _serve("Voilà", ["akash_nb.app", *options.voila], is_live=options.live)


def _serve(name: str, module: Sequence[str], *, is_live: bool) -> int:
    """Run a server until it ends."""
    environment = dict(os.environ)
    if not is_live:
        # It is on the mock, whatever the shell has set.
        environment.pop("AKASH_API_KEY", None)
        environment.pop("AKASH_CONSOLE_URL", None)
    try:
        return _until_it_ends([sys.executable, "-m", *module], environment)
    except KeyboardInterrupt:
        print("\nakash-nb: interrupted. What is open stays open; session.resume() finds it.", file=sys.stderr)
        return 130
    except OSError as problem:
        print(f"akash-nb: {name} did not start: {problem}", file=sys.stderr)
        return 1


def _until_it_ends(command: Sequence[str], environment: dict[str, str]) -> int:
    """The exit code of a program. Whoever interrupts or ends us knows nothing of it, so that it is told to end too.

    Raises:
        KeyboardInterrupt: It was, and has ended.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with subprocess.Popen(command, env=environment) as server:  # noqa: S603  our own interpreter
        try:
            return server.wait()
        except KeyboardInterrupt:
            server.terminate()
            server.wait()
            raise


def _as_root() -> list[str]:
    """JupyterLab does not start for root unless told so, and in a container everybody is root."""
    return ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def lessons_folder() -> Path:
    """The lesson notebooks: `notebooks/` of a checkout; installed ones are copied to the present folder once.

    Raises:
        FileNotFoundError: The installation has no lessons.
    """
    package = Path(__file__).parent
    checkout = package.parent / "notebooks"
    if checkout.is_dir():
        return checkout
    return _copied(package / "lessons", Path.cwd() / "akash-lessons")


def _copied(source: Path, target: Path) -> Path:
    """A copy that the reader can change; what is there already is kept."""
    for path in sorted([*source.glob("*.ipynb"), *source.glob("images/*.png")]):
        copy = target / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if not copy.exists():
            copy.write_bytes(path.read_bytes())
    return target
