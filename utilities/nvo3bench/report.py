# Copyright (c) 2026 The nDirector Authors.
# SPDX-License-Identifier: Apache-2.0
"""Results as a table for people, and as JSON.

Results are a dict: benchmark, parameters, runs {side: figures} and ratios
{figure: ours / the other}.  Figures may be dicts of figures; a figure's name
ends in its unit.
"""

import json

HEADINGS = {"ours": "nDirector", "ovn": "OVN", "floor": "floor",
            "bundle": "ovs-ofctl", "restart": "restart"}
WIDTH = 44


def write_json(results, path):
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(results, stream, indent=2, sort_keys=True)
        stream.write("\n")


def as_table(results):
    """Returns the results as text, a row for each figure."""
    runs = {side: flatten(figures)
            for side, figures in results["runs"].items()}
    ratios = results["ratios"]
    title = ", ".join(f"{key} {value}"
                      for key, value in results["parameters"].items())
    lines = [f"{results['benchmark']}: {title}", "",
             row("", [HEADINGS[side] for side in runs]
                 + (["ratio"] if ratios else []))]
    for name in names(runs.values()):
        cells = [number(figures.get(name)) for figures in runs.values()]
        if ratios:
            cells.append(number(ratios.get(name)))
        lines.append(row(name, cells))
    return "\n".join(line.rstrip() for line in lines)


def names(flats):
    """Returns the names of all figures, each part's together."""
    found = list(dict.fromkeys(name for flat in flats for name in flat))
    parts = list(dict.fromkeys(part_of(name) for name in found))
    return sorted(found, key=lambda name: parts.index(part_of(name)))


def part_of(name):
    return name.rpartition(".")[0]


def flatten(figures, prefix=""):
    """Returns {"part.figure": value}, the parts in order."""
    flat = {}
    for key, value in figures.items():
        if isinstance(value, dict):
            flat.update(flatten(value, f"{prefix}{key}."))
        else:
            flat[prefix + key] = value
    return flat


def row(name, cells):
    return name.ljust(WIDTH) + "".join(cell.rjust(12) for cell in cells)


def number(value):
    """Returns three or more significant digits."""
    if value is None:
        return "-"
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 1000 else \
        f"{value:.1f}" if abs(value) >= 100 else \
        f"{value:.2f}" if abs(value) >= 1 else f"{value:.4f}"
