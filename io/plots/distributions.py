# SPDX-License-Identifier: BSD-3-Clause
"""distributions.png: rates, irregularity (ISI CV) and pair correlations of the neurons of every population."""
import numpy

import look
import results

POPULATIONS = 16  # rows
SPIKES = 2000000  # of the neurons that give CV, which are every n-th where all have more
PAIRED = 100  # neurons of which all pairs are correlated
BIN_MS, BINS = 5.0, 20000


def irregularity(times, ids):
    """CV of the intervals of every neuron with at least 3 spikes, as `volley info` has it."""
    order = numpy.lexsort((times, ids))
    times, ids = times[order], ids[order]
    same = ids[1:] == ids[:-1]
    intervals, owner = numpy.diff(times)[same], ids[1:][same]
    if len(owner) == 0:
        return numpy.empty(0)
    _, index, n = numpy.unique(owner, return_inverse=True, return_counts=True)
    mean = numpy.bincount(index, intervals) / n
    spread = numpy.bincount(index, (intervals - mean[index]) ** 2) / n
    known = (n >= 2) & (mean > 0)
    return numpy.sqrt(spread[known]) / mean[known]


def correlations(times, ids, span):
    """Correlation coefficients of the counts in bins, of all pairs of the neurons in ids."""
    bins = int(min((span[1] - span[0]) // BIN_MS, BINS))
    names, rows = numpy.unique(ids, return_inverse=True)
    if len(names) < 2 or bins < 2:
        return numpy.empty(0)
    # a bin from a to b holds the spikes with a < t <= b, up to the rounding of t
    columns = numpy.ceil((times - span[0]) / BIN_MS - 1e-6).astype(int) - 1
    inside = (columns >= 0) & (columns < bins)
    counts = numpy.zeros((len(names), bins), dtype=numpy.float32)
    numpy.add.at(counts, (rows[inside], columns[inside]), 1)
    counts = counts[counts.std(axis=1) > 0]
    if len(counts) < 2:
        return numpy.empty(0)
    matrix = numpy.corrcoef(counts)
    return matrix[numpy.triu_indices(len(counts), 1)]


def measure(population, span):
    """Spikes of each recorded neuron, CVs and correlations."""
    counts = population.counts()
    silent = max((population.recorded or len(counts)) - numpy.count_nonzero(counts), 0)
    active = numpy.flatnonzero(counts >= 3)
    step = max(1, -(-int(counts[active].sum()) // SPIKES))
    chosen = numpy.zeros(len(counts), dtype=bool)
    chosen[active[::step]] = True
    times, ids = population.only(chosen)
    cv = irregularity(times, ids)
    pairs = numpy.zeros(len(counts), dtype=bool)
    used = numpy.flatnonzero(chosen)
    pairs[used[results.every(len(used), PAIRED)]] = True
    inside = pairs[ids]
    fired = counts[counts > 0]
    return numpy.concatenate([numpy.zeros(silent, dtype=numpy.int64), fired]), cv, \
        correlations(times[inside], ids[inside], span)


def edges_of_counts(counts, seconds):
    """Bins that hold whole numbers of spikes, else some of them would always be empty."""
    highest = int(counts.max(initial=0))
    step = max(1, -(-(highest + 1) // 40))
    return (numpy.arange(0, highest + step + 1, step) - 0.5) / seconds


def histogram(axes, values, edges, color):
    """Shares in percent; the mean as a line, and as text."""
    if len(values) == 0:
        axes.text(0.5, 0.5, "too few spikes", transform=axes.transAxes, ha="center", va="center", color=look.GREY)
        axes.set_yticks([])
        return
    shares = numpy.histogram(values, edges)[0] / len(values) * 100
    axes.stairs(shares, edges, fill=True, color=color)
    axes.axvline(values.mean(), color="white", linewidth=1.8)
    axes.axvline(values.mean(), color="black", linewidth=1, linestyle=(0, (3, 2)))
    axes.text(0.98, 0.95, f"mean {values.mean():.3g}", transform=axes.transAxes, ha="right", va="top", fontsize=8,
              bbox={"color": "white", "alpha": 0.7, "pad": 0.5, "linewidth": 0})
    axes.set_ylim(0, 1.15 * shares.max() if shares.max() > 0 else 1)


def draw(data):
    spikes = data.need_spikes()
    seconds = (data.span[1] - data.span[0]) / 1000
    rows = [spikes[i] for i in results.every(len(spikes), POPULATIONS)]
    if seconds <= 0 or not any(len(times) for population in spikes for times, _, _ in population.parts):
        raise results.Missing("nothing fired")
    figure = look.figure(0.9 + 0.85 * max(len(rows), 2))
    axes = figure.subplots(len(rows), 3, sharex="col", squeeze=False)
    for number, (population, row) in enumerate(zip(rows, axes)):
        counts, cv, correlation = measure(population, data.span)
        histogram(row[0], counts / seconds, edges_of_counts(counts, seconds), look.color(number))
        histogram(row[1], cv, numpy.linspace(0, max(1.5, cv.max(initial=0)) * 1.0001, 46), look.color(number))
        reach = min(-0.05, correlation.min(initial=0)), max(0.05, correlation.max(initial=0))
        histogram(row[2], correlation, numpy.linspace(*reach, 61), look.color(number))
        row[0].set_ylabel(population.name, rotation=0, ha="right", va="center")
    axes[0][1].set_title(f"share of neurons, and of pairs (%); {data.span[0]:g} to {data.span[1]:g} ms" +
                         ("" if len(rows) == len(spikes) else f"; {len(rows)} of {len(spikes)} populations"))
    for panel, text in zip(axes[-1], ("rate of neurons (Hz)", "ISI CV of neurons",
                                      f"correlation of pairs, {BIN_MS:g} ms bins")):
        panel.set_xlabel(text)
    axes[0][0].set_xlim(left=0)
    axes[0][1].set_xlim(left=0)
    return figure
