# SPDX-License-Identifier: BSD-3-Clause
"""states.png: recorded states of some neurons over time."""
import glob
import os

import h5py
import numpy

import look
import results

TRACES = 5  # neurons of each report
POINTS = 4000  # frames of each trace


def read(path, shown):
    """Population, label, times, [neuron] and [time, neuron] of the frames inside the shown span."""
    with h5py.File(path, "r") as file:
        (population, group), = file["report"].items()
        table, time, ids = (results.array(group, "data", 2), results.array(group, "mapping/time"),
                            results.array(group, "mapping/node_ids"))
        results.same_length(group, "mapping/node_ids", "data", len(ids), table.shape[1])
        start, _, interval = results.checked(time[:], time, 0.0)
        ids = results.checked(ids[:], ids, 0)
        columns = results.every(table.shape[1], TRACES)
        times = start + interval * numpy.arange(table.shape[0])
        inside = numpy.arange(len(times)) if shown is None else \
            numpy.flatnonzero((times >= shown[0] - 1e-9) & (times <= shown[1] + 1e-9))
        step = max(1, -(-len(inside) // POINTS))
        rows = inside[::step]
        if len(rows) == 0 or len(columns) == 0:
            return None
        values = numpy.empty((len(rows), len(columns)))
        for at, column in enumerate(columns):
            values[:, at] = table[rows[0]:rows[-1] + 1:step, column]
        results.checked(values, table)
        variable = table.attrs.get("variable", "state")
        variable = variable.decode() if isinstance(variable, bytes) else variable
        text = f"{variable}{results.unit(table)}"
        return population, text, times[rows], ids[columns].astype(int), values, step, table.shape[1]


def mark_spikes(axes, data, population, ids):
    """Above the traces, a row of ticks for each neuron: its spikes."""
    if population not in data.spikes:
        return
    spikes = data.spikes[population]
    chosen = numpy.zeros(spikes.size or len(spikes.counts()), dtype=bool)
    chosen[ids[ids < len(chosen)]] = True
    times, fired = spikes.only(chosen, *data.shown)
    low, high = axes.get_ylim()
    row = (high - low) * 0.07
    for number, neuron in enumerate(ids):
        own = times[fired == neuron]
        axes.plot(own, numpy.full(len(own), high + (number + 0.5) * row), "|", markersize=5, color=look.color(number))
    axes.set_ylim(low, high + (len(ids) + 0.5) * row)
    axes.set_yticks([tick for tick in axes.get_yticks() if low <= tick <= high])


def draw(data):
    paths = sorted(glob.glob(os.path.join(glob.escape(data.directory), "state_*.h5")))
    reports = [report for report in (read(path, data.shown) for path in paths) if report is not None]
    if not reports:
        raise results.Missing("no states were recorded" if not paths else "no states in the time shown")
    figure = look.figure(0.9 + 1.8 * len(reports))
    panels = figure.subplots(len(reports), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (population, text, times, ids, values, step, recorded) in zip(panels, reports):
        for number, neuron in enumerate(ids):
            panel.plot(times, values[:, number], ".-" if len(times) < 100 else "-", label=f"{neuron}",
                       clip_on=len(times) >= 100, color=look.color(number), linewidth=1)
        panel.set_ylabel(text)
        panel.set_title(population, loc="left", fontsize=8)
        title = "neuron" if len(ids) == recorded else f"{len(ids)} of {look.number(recorded)}:\nneuron"
        panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title=title, title_fontsize=8)
        if step > 1:
            panel.annotate(f"one frame in {step}", (1, -0.02), xycoords="axes fraction", ha="right", va="top",
                           fontsize=7, color=look.GREY)
        mark_spikes(panel, data, population, ids)
    if data.shown is not None and data.shown[1] > data.shown[0]:
        margin = 0.01 * (data.shown[1] - data.shown[0])
        panels[-1].set_xlim(data.shown[0] - margin, data.shown[1] + margin)
    panels[-1].set_xlabel("time (ms); ticks above the curves: spikes")
    return figure
