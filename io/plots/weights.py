# SPDX-License-Identifier: BSD-3-Clause
"""weights.png: the recorded weights of each projection, over time, and their distribution at the first and the last
snapshot."""
import numpy

import look
import results

CURVES = 8  # synapses of which each gets a curve; of more the mean is drawn
POINTS = 200  # snapshots that are read for the mean over time
SAMPLE = 200000  # synapses read


def row_of(table, row, columns):
    return results.checked(numpy.concatenate([table[row, block] for block in columns]).astype(float), table)


def read(name, group):
    """Name, unit, times, number of synapses and of those read; first and last snapshot; what is drawn over time."""
    table, times = results.array(group, "weight", 2), results.array(group, "time")
    results.same_length(group, "time", "weight", len(times), len(table))
    times = results.checked(times[:], times, 0.0)
    sources, targets = (results.array(group, f"{end}_node_id") for end in ("source", "target"))
    results.same_length(group, "source_node_id", "weight", len(sources), table.shape[1])
    results.same_length(group, "target_node_id", "weight", len(targets), table.shape[1])
    if len(times) == 0:
        raise ValueError(f"weights.h5: {group.name} holds no snapshot")
    columns = results.blocks(table.shape[1], SAMPLE)
    entry = {"name": name, "unit": results.unit(table), "synapses": table.shape[1],
             "first": row_of(table, 0, columns), "last": row_of(table, -1, columns), "span": (times[0], times[-1])}
    curves = 0 < table.shape[1] <= CURVES and len(times) > 1
    chosen = results.every(len(times), results.SLAB // 64 if curves else POINTS)
    entry["times"] = times[chosen]
    if curves:
        entry["curves"] = results.checked(numpy.array([table[int(i)] for i in chosen], dtype=float), table)
        entry["names"] = [f"{s} to {t}" for s, t in zip(sources[:], targets[:])]
    elif len(times) > 1 and table.shape[1] > 0:
        rows = (row_of(table, int(i), columns) for i in chosen)
        parts = numpy.array([(row.mean(), row.std(), *numpy.percentile(row, (5, 95))) for row in rows])
        entry["mean"], entry["std"], entry["low"], entry["high"] = parts.T
    return entry


def draw_curves(axes, entries):
    """The curves of all projections with few synapses, one beside the other."""
    number = 0
    for entry in entries:
        style = {"marker": ".", "drawstyle": "steps-post"} if len(entry["times"]) < 100 else {}
        for column, name in enumerate(entry["names"]):
            axes.plot(entry["times"], entry["curves"][:, column], label=f"{entry['name']}, {name}", **style,
                      **look.line(number))
            number += 1
    axes.set_xlim(min(entry["span"][0] for entry in entries), max(entry["span"][1] for entry in entries))
    axes.legend(title="projection, synapse", title_fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(f"weight{entries[0]['unit']}")
    axes.margins(y=0.08)


def draw_mean(axes, entry):
    color = look.color(0)
    axes.fill_between(entry["times"], entry["low"], entry["high"], color="0.85", linewidth=0, label="5 to 95 %")
    axes.plot(entry["times"], entry["mean"], color=color, label="mean")
    for sign, label in ((-1, "mean ± std"), (1, None)):
        axes.plot(entry["times"], entry["mean"] + sign * entry["std"], color=color, linewidth=0.8,
                  linestyle=(0, (4, 2)), label=label)
    axes.legend()
    axes.set_xlim(*entry["span"])
    axes.set_xlabel("time (ms)")
    axes.set_ylabel(f"weight{entry['unit']}")
    axes.set_title(f"weight of {entry['name']}{entry['unit']}")


def draw_histogram(axes, entry):
    """Both snapshots over the same bins; the first one as a line."""
    both = numpy.concatenate([entry["first"], entry["last"]])
    low, high = (both.min(), both.max()) if len(both) else (0.0, 1.0)
    edges = numpy.linspace(low, high, 51) if high > low else numpy.linspace(low - 0.5, low + 0.5, 52)
    axes.hist(entry["last"], edges, color=look.color(3), label=f"{entry['span'][1]:g} ms")
    if entry["span"][0] < entry["span"][1]:
        axes.hist(entry["first"], edges, histtype="step", color="black", label=f"{entry['span'][0]:g} ms")
    axes.legend()
    axes.set_xlabel(f"weight of {entry['name']}{entry['unit']}")
    read_all = entry["synapses"] == len(entry["last"])
    axes.set_ylabel("synapses" if read_all else
                    f"synapses,\n{len(entry['last']):,} of {look.number(entry['synapses'])}")


def panels(entries):
    """Lists of projections, each for one row: projections of few synapses share rows while their curves can be told
    apart."""
    rows = []
    for entry in entries:
        last = rows[-1] if rows else [{}]
        if "curves" in entry and "curves" in last[0] and last[0]["unit"] == entry["unit"] and \
                sum(one["synapses"] for one in last) + entry["synapses"] <= CURVES:
            last.append(entry)
        else:
            rows.append([entry])
    return rows


def draw(data):
    file = data.open("weights.h5")
    rows = [] if file is None else panels([read(name, group) for name, group in file["weights"].items()])
    if not rows:
        raise results.Missing("no weights were recorded")
    figure = look.figure(0.3 + 2.2 * len(rows) + (0.8 if len(rows) == 1 else 0))
    grid = figure.add_gridspec(len(rows), 2, width_ratios=[3, 2])
    for row, entries in enumerate(rows):
        entry = entries[0]
        if "curves" in entry:
            draw_curves(figure.add_subplot(grid[row, :]), entries)
        else:
            several = "mean" in entry
            if several:
                draw_mean(figure.add_subplot(grid[row, 0]), entry)
            draw_histogram(figure.add_subplot(grid[row, 1] if several else grid[row, :]), entry)
    return figure
