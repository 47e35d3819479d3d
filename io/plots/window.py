# SPDX-License-Identifier: BSD-3-Clause
"""window.png: the change of a weight by one pair of spikes over their distance, of projections whose neurons fire once
each."""
import numpy

import look
import results

SYNAPSES = 20000


def single_spikes(population):
    """Spike time of every neuron; None unless none of them fires twice."""
    counts = population.counts() if population is not None else numpy.empty(0)
    if counts.max(initial=0) != 1:
        return None
    times = numpy.full(len(counts), numpy.nan)
    for t, i in population.slabs():
        times[i] = t
    return times


def read(data, group):
    """t_post - t_pre and the change of the weight of each synapse; None where that is not defined."""
    table = results.array(group, "weight", 2)
    if table.shape[0] < 2 or not 0 < table.shape[1] <= SYNAPSES:
        return None
    pre, post = (single_spikes(data.spikes.get(group.attrs.get(f"{side}_population"))) for side in ("source", "target"))
    if pre is None or post is None:
        return None
    sources, targets = results.array(group, "source_node_id"), results.array(group, "target_node_id")
    distance = post[results.checked(targets[:], targets, 0).astype(int)] - \
        pre[results.checked(sources[:], sources, 0).astype(int)]
    order = numpy.argsort(distance)
    return distance[order], (table[-1].astype(float) - table[0])[order], results.unit(table)


def draw(data):
    file = data.open("weights.h5")
    found = {} if file is None else {name: read(data, group) for name, group in file["weights"].items()}
    found = {name: curve for name, curve in found.items() if curve is not None}
    if not found:
        raise results.Missing("no weights before and after single spikes of their neurons were recorded")
    figure = look.figure(3.6)
    axes = figure.subplots()
    axes.axhline(0.0, color=look.GREY, linewidth=0.8)
    axes.axvline(0.0, color=look.GREY, linewidth=0.8)
    for number, (name, (distance, change, unit)) in enumerate(found.items()):
        axes.plot(distance, change, "os^D"[number % 4], markersize=3, color=look.color(number), label=name)
    axes.set_xlabel("$t_{post} - t_{pre}$ (ms)")
    axes.set_ylabel(f"change of the weight{unit}")
    if len(found) > 1:
        axes.legend(title="projection")
    return figure
