#!/usr/bin/env python3
"""Raster and rates of a result directory.

usage: raster.py DIR [PICTURE.png] [START STOP]   (times in ms; default: the first 500 ms recorded)

Needs h5py, numpy and matplotlib (Debian: python3-h5py python3-matplotlib)."""
import json
import os
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main():
    if len(sys.argv) not in (2, 3, 5):
        sys.exit(__doc__)
    directory = sys.argv[1]
    picture = sys.argv[2] if len(sys.argv) > 2 else os.path.join(directory, "raster.png")
    with open(os.path.join(directory, "run.json")) as file:
        run = json.load(file)
    populations = run["populations"]
    with h5py.File(os.path.join(directory, "spikes.h5"), "r") as file:
        trains = {name: (group["timestamps"][:], group["node_ids"][:]) for name, group in file["spikes"].items()}
        first = float(file.attrs["recorded_from_ms"])
    start, stop = map(float, sys.argv[3:5]) if len(sys.argv) > 3 else (first, min(first + 500, run["simulated_ms"]))

    figure, (raster, rates) = plt.subplots(1, 2, figsize=(10, 5), width_ratios=[4, 1], constrained_layout=True)
    offset, ticks = 0, []
    for i, (name, facts) in enumerate(populations.items()):
        times, ids = trains.get(name, ([], []))
        shown = [(t, offset + n) for t, n in zip(times, ids) if start <= t <= stop]
        color = "tab:red" if name.endswith("I") else "tab:blue"
        if shown:
            raster.plot(*zip(*shown), ".", markersize=1, color=color)
        rates.barh(offset + facts["size"] / 2, facts["rate_hz"], height=0.8 * facts["size"], color=color)
        ticks.append(offset + facts["size"] / 2)
        offset += facts["size"]
    for axes in (raster, rates):
        axes.set_ylim(offset, 0)
        axes.set_yticks(ticks, populations.keys())
    raster.set_xlim(start, stop)
    raster.set_xlabel("time (ms)")
    rates.set_xlabel("rate (Hz)")
    figure.savefig(picture, dpi=110)


main()
