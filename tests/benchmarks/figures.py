"""A figure that was measured, its target, and the table of all of them in the README."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.running import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- benchmarks: begin -->", "<!-- benchmarks: end -->"


@dataclass
class Figure:
    name: str
    measured: str
    peer: str = ""
    target: str = ""
    is_met: bool | None = None
    where: str = ""  # the time goes, in a sentence

    @property
    def verdict(self):
        return {None: "", True: "met", False: "**missed**"}[self.is_met]

    @property
    def cells(self):
        return [self.name, self.measured, self.peer, self.target, self.verdict]


HEADS = ["", "Measured", "Beside it", "Target", ""]


def show(figures):
    """Print the figures as a table for a terminal."""
    rows = [HEADS, *(figure.cells for figure in figures)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEADS))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    for where in sentences(figures):
        print(where)


def sentences(figures):
    return list(dict.fromkeys(figure.where for figure in figures if figure.where))


def machine():
    """Name what it was measured on."""
    text = Path("/proc/cpuinfo").read_text()
    models = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores of {models[0] if models else '?'}, Python {platform.python_version()}"


def write(figures):
    """Put the table between its two marks in the README."""
    rows = [HEADS, ["---"] * len(HEADS), *(figure.cells for figure in figures)]
    lines = [
        BEGIN,
        f"Measured on {datetime.now(UTC):%Y-%m-%d} by `python -m tests.benchmarks`: {machine()}.",
        "",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        *sentences(figures),
        END,
    ]
    before, _, rest = README.read_text().partition(BEGIN)
    README.write_text(before + "\n".join(lines) + rest.partition(END)[2])
