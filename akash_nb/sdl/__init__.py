"""The SDL engine: text to issues, group specs, manifest and version hash, byte for byte as the reference makes them."""

from akash_nb.sdl.build import build
from akash_nb.sdl.compiler import Amend, Compiled, compile  # noqa: A004  (the verb for it, as `re.compile`)
from akash_nb.sdl.demands import REGION, GroupDemand, UnitDemand, demands
from akash_nb.sdl.diff import Change, Diff, diff
from akash_nb.sdl.dump import dump
from akash_nb.sdl.issues import Issue, Layer
from akash_nb.sdl.model import SDL
from akash_nb.sdl.patch import REMOVE, patch
from akash_nb.sdl.rendering import render, render_html
from akash_nb.sdl.scaffolds import SCAFFOLDS, scaffold
from akash_nb.sdl.totals import GroupResources, resources
from akash_nb.sdl.vary import vary

__all__ = [
    "REGION",
    "REMOVE",
    "SCAFFOLDS",
    "SDL",
    "Amend",
    "Change",
    "Compiled",
    "Diff",
    "GroupDemand",
    "GroupResources",
    "Issue",
    "Layer",
    "UnitDemand",
    "build",
    "compile",
    "demands",
    "diff",
    "dump",
    "patch",
    "render",
    "render_html",
    "resources",
    "scaffold",
    "vary",
]
