#!/usr/bin/env python3
"""Raster, rates and recorded weights of a result directory; `volley plot` calls it.

usage: raster.py DIR [PICTURE.png] [START STOP]   (times in ms; default: the first 500 ms recorded)

Needs h5py, numpy and matplotlib (Debian: python3-h5py python3-numpy python3-matplotlib)."""
import glob
import importlib
import json
import os
import re
import sys

sys.dont_write_bytecode = True  # the folder may belong to somebody else
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # isolated Pythons (-I) leave it out
import weights as recorded_weights  # noqa: E402


def fail(message):
    print(f"volley: plot: {message}", file=sys.stderr)
    sys.exit(2)


def load_modules():
    """h5py, numpy and matplotlib.pyplot, or one message that names all that are missing."""
    loaded, missing = {}, []
    for name in ("h5py", "numpy", "matplotlib"):
        try:
            loaded[name] = importlib.import_module(name)
        except ImportError:
            missing.append(name)
    if missing:
        packages = " ".join(f"python3-{name}" for name in missing)
        fail(f"{sys.executable} lacks {', '.join(missing)} (Debian: {packages}); VOLLEY_PYTHON names another python3")
    loaded["matplotlib"].use("Agg")
    return loaded["h5py"], loaded["numpy"], importlib.import_module("matplotlib.pyplot")


h5py, numpy, plt = load_modules()


def spike_files(directory):
    """spikes.h5; without it the segments of a run that has not ended, in order of time."""
    whole = os.path.join(directory, "spikes.h5")
    if os.path.exists(whole):
        return [whole]
    segments = glob.glob(os.path.join(glob.escape(directory), "spikes-*.part.h5"))
    return sorted(segments, key=lambda path: int(re.search(r"spikes-(\d+)\.part", path)[1]))


def read_spikes(directory):
    """name -> (size, neurons recorded, times, ids) of every recorded population, and the recorded span in ms."""
    files, populations, first, last = spike_files(directory), {}, 0.0, 0.0
    if not files:
        fail(f"{directory} holds neither spikes.h5 nor segments spikes-<step>.part.h5")
    for i, path in enumerate(files):
        with h5py.File(path, "r") as file:
            first = float(file.attrs["recorded_from_ms"]) if i == 0 else first
            last = float(file.attrs["recorded_until_ms"])
            for name, group in file["spikes"].items():
                _, _, times, ids = populations.get(name, (0, 0, [], []))
                size = int(group.attrs.get("size", 0))
                # only written where it is not all of them
                recorded = int(group.attrs.get("recorded_neurons", size))
                populations[name] = (size, recorded, [*times, group["timestamps"][:]], [*ids, group["node_ids"][:]])
    joined = {name: (size, recorded, numpy.concatenate(times), numpy.concatenate(ids))
              for name, (size, recorded, times, ids) in populations.items()}
    return joined, first, last


def read_sizes(directory, populations):
    """Sizes of all populations in config order, where run.json tells them, else of the recorded ones."""
    try:
        with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
            sizes = {name: entry["size"] for name, entry in json.load(file).get("populations", {}).items()}
    except FileNotFoundError:
        sizes = {}
    for name, (size, _, _, ids) in populations.items():
        sizes.setdefault(name, size or int(ids.max(initial=0)) + 1)
    return sizes


def draw(populations, sizes, span, shown, directory, picture):
    weights = recorded_weights.read(h5py, numpy, directory)
    figure = plt.figure(figsize=(10, 5 + 2.5 * len(weights)), constrained_layout=True)
    grid = figure.add_gridspec(1 + len(weights), 4 + 1, height_ratios=[2, *[1 for _ in weights]])
    raster, rates = figure.add_subplot(grid[0, :4]), figure.add_subplot(grid[0, 4])
    offset, ticks = 0, []
    for name, size in sizes.items():
        color = "tab:red" if name.endswith("I") else "tab:blue"
        if name in populations:
            _, recorded, times, ids = populations[name]
            inside = (times >= shown[0]) & (times <= shown[1])
            raster.plot(times[inside], offset + ids[inside], ".", markersize=1, color=color, rasterized=True)
            seconds = (span[1] - span[0]) / 1000
            rate = len(times) / (recorded or size) / seconds if seconds > 0 else 0
            rates.barh(offset + size / 2, rate, height=0.8 * size, color=color)
        ticks.append(offset + size / 2)
        offset += size
    for axes in (raster, rates):
        axes.set_ylim(offset, 0)
        axes.set_yticks(ticks)
        axes.set_yticklabels(sizes.keys())
    raster.set_xlim(*shown)
    raster.set_xlabel("time (ms)")
    rates.set_xlabel("rate (Hz)")
    recorded_weights.draw(numpy, figure, grid, weights)
    figure.savefig(picture, dpi=110)


def main():
    if len(sys.argv) not in (2, 3, 5):
        sys.exit(__doc__)
    directory = sys.argv[1]
    picture = sys.argv[2] if len(sys.argv) > 2 else os.path.join(directory, "raster.png")
    if not os.path.isdir(directory):
        fail(f"{directory} is not a directory")
    try:
        populations, first, last = read_spikes(directory)
        sizes = read_sizes(directory, populations)
    except (OSError, KeyError, ValueError) as error:
        fail(f"{directory} cannot be read: {error}")
    if not sizes:
        fail(f"{directory} has no recorded population")
    shown = tuple(map(float, sys.argv[3:5])) if len(sys.argv) > 3 else (first, min(first + 500, last))
    try:
        draw(populations, sizes, (first, last), shown, directory, picture)
    except KeyError as error:
        fail(f"{directory} cannot be read: {error}")
    except (OSError, ValueError) as error:
        fail(f"{picture} cannot be written: {error}")


main()
