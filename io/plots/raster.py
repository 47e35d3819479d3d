# SPDX-License-Identifier: BSD-3-Clause
"""raster.png: spikes, mean rate of every population, and its rate over time."""
import numpy

import look

ROWS = 8000  # neurons shown
DOTS = 40000  # spikes shown
GAP = 0.035  # of the height, between labels


def choose(spikes, shown):
    """n for "every n-th neuron", by which at most ROWS neurons and DOTS spikes are shown, and the rates over time:
    [population][bin], and edges of the bins."""
    width = shown[1] - shown[0]
    edges = numpy.linspace(*shown, int(max(1, min(200, width))) + 1)
    binned, total = [], 0
    for population in spikes:
        counts = numpy.zeros(len(edges) - 1)
        for times, _ in population.slabs(*shown):
            counts += numpy.histogram(times, edges)[0]
        total += counts.sum()
        binned.append(counts)
    neurons = sum(size_of(population) for population in spikes)
    return max(1, -(-neurons // ROWS), int(-(-total // DOTS))), binned, edges


def size_of(population):
    if population.size == 0:
        population.size = population.recorded = len(population.counts())
    return max(population.size, 1)


def recorded_of(population):
    return population.recorded or size_of(population)


def dot_size(dots):
    return max(1.3, min(4.0, 160 / (dots + 1) ** 0.5))


def bands(sizes):
    """Bottom and top of every population's band: by its size, but never thinner than can be seen."""
    heights = numpy.maximum(sizes, 0.25 / len(sizes) * sum(sizes))
    edges = numpy.concatenate([[0.0], numpy.cumsum(heights)])
    return list(zip(edges[:-1], edges[1:]))


def draw(data):
    spikes, shown = data.need_spikes(), data.shown
    step, binned, edges = choose(spikes, shown)
    figure = look.figure(5.4)
    grid = figure.add_gridspec(2, 2, height_ratios=[2.6, 1], width_ratios=[4.4, 1])
    raster, means = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[0, 1])
    over_time = figure.add_subplot(grid[1, 0], sharex=raster)
    places = bands([size_of(population) for population in spikes])
    seconds = (data.span[1] - data.span[0]) / 1000
    width, everybody = (edges[1] - edges[0]) / 1000, sum(recorded_of(population) for population in spikes)
    rates, below = [], numpy.zeros(len(edges) - 1)
    size = dot_size(sum(counts.sum() for counts in binned) / step)
    for number, (population, (low, high)) in enumerate(zip(spikes, places)):
        chosen = numpy.zeros(size_of(population), dtype=bool)
        chosen[::step] = True
        times, ids = population.only(chosen, *shown)
        few = size_of(population) <= 30
        raster.plot(times, low + (ids + 0.5) / size_of(population) * (high - low), "|" if few else ".",
                    markersize=6 if few else size, markeredgewidth=1 if few else 0, color=look.color(number),
                    rasterized=True)
        total = sum(len(times) for times, _, _ in population.parts)
        rates.append(total / recorded_of(population) / seconds if seconds > 0 else 0.0)
        means.barh((low + high) / 2, rates[-1], height=0.8 * (high - low), color=look.color(number))
        above = below + (binned[number] / everybody / width if width > 0 else 0)
        over_time.stairs(above, edges, baseline=below, fill=True, color=look.color(number))
        below = above
    for number in labelled(places):
        means.text(rates[number], sum(places[number]) / 2, f" {rates[number]:.3g}", va="center", fontsize=8)
    finish(data, spikes, step, places, (raster, means, over_time), max(rates))
    over_time.set_ylabel(f"rate of all (Hz),\nbins of {1000 * width:.3g} ms")
    return figure


def labelled(places):
    """Populations whose labels do not stand on each other."""
    chosen, last = [], -1.0
    for number, place in enumerate(places):
        middle = sum(place) / 2 / places[-1][1]
        if not chosen or middle - last >= GAP:
            chosen.append(number)
            last = middle
    return chosen


def finish(data, spikes, step, places, axes, highest):
    raster, means, over_time = axes
    named = labelled(places)
    for panel in (raster, means):
        panel.set_ylim(places[-1][1], 0)
        panel.set_yticks([sum(places[i]) / 2 for i in named])
        panel.set_yticklabels([spikes[i].name for i in named] if panel is raster else [])
        panel.tick_params(axis="y", length=0)
    for label, number in zip(raster.get_yticklabels(), named):
        label.set(color=look.color(number), fontweight="bold")
    raster.set_xlim(*data.shown)
    raster.tick_params(labelbottom=False)
    neurons = look.several(sum(size_of(population) for population in spikes), "neurons")
    look.note(raster, neurons if step == 1 else f"one in {look.number(step)} of {neurons}")
    over_time.set_ylim(bottom=0)
    over_time.set_xlabel("time (ms)")
    means.set_xlim(0, 1.35 * highest if highest > 0 else 1)
    means.set_xticks([])  # the rates stand beside the bars
    means.spines.bottom.set_visible(False)
    means.set_title(f"mean rate (Hz),\n{data.span[0]:g} to {data.span[1]:g} ms", fontsize=8, loc="left")
