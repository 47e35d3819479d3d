# SPDX-License-Identifier: BSD-3-Clause
"""phases.png: where the time went, and how evenly work is divided over ranks."""
import look
import results


def bars(axes, entries, scale=1.0):
    """A bar for the mean over ranks, a line from the fastest to the slowest."""
    for place, (name, entry) in enumerate(entries):
        part = "_" in name
        axes.barh(place, entry["mean"] / scale, height=0.45 if part else 0.7, color=look.color(3 if part else 0))
        axes.plot([entry["min"] / scale, entry["max"] / scale], [place, place], color="black", linewidth=1,
                  marker="|", markersize=7)
        if "slowest_rank" in entry and entry["max"] > 0:
            axes.annotate(f"{entry['max']:.3g} s" + (f", rank {entry['slowest_rank']}"
                          if entry["min"] < entry["max"] else ""), (entry["max"] / scale, place), xytext=(5, 0),
                          textcoords="offset points", va="center", fontsize=8)
    axes.set_ylim(len(entries) - 0.4, -0.6)
    axes.set_yticks(range(len(entries)))
    axes.tick_params(axis="y", length=0)


def order(phases):
    """Parts of a phase below it, the longest phases first; those that took no time are left out."""
    whole = sorted((name for name in phases if "_" not in name), key=lambda name: -phases[name]["mean"])
    ordered = [(name, phases[name]) for first in whole for name in phases
               if name == first or name.startswith(first + "_")]
    ordered += [(name, phases[name]) for name in phases if name not in dict(ordered)]
    return [(name, entry) for name, entry in ordered if entry["max"] > 0]


def draw(data):
    if not data.run.get("phases_s"):
        raise results.Missing("no run.json, or none with times")
    phases, layout, times = order(data.run["phases_s"]), data.run.get("layout", {}), data.run.get("time_s", {})
    figure = look.figure(1.9 + 0.26 * len(phases))
    grid = figure.add_gridspec(2, 2, height_ratios=[max(len(phases), 1), 3.2], width_ratios=[1, 1])
    top, left, right = figure.add_subplot(grid[0, :]), figure.add_subplot(grid[1, 0]), figure.add_subplot(grid[1, 1])
    bars(top, phases)
    top.set_yticklabels([name.replace("_", ": ") for name, _ in phases])
    top.set_xlim(0, 1.18 * max([entry["max"] for _, entry in phases] + [1e-9]))
    top.set_xlabel("time of a rank in each phase of the steps (s): mean, and fastest to slowest rank")
    factor = data.run.get("real_time_factor")
    look.note(top, f"{look.several(layout.get('ranks', 1), 'ranks')} x "
              f"{look.several(layout.get('threads', 1), 'threads')}, {data.run.get('simulated_ms', 0) / 1000:g} s of model time" +
              (f", real-time factor {factor:.3g}" if factor else ""))
    parts = [name for name in ("build", "simulate", "write") if name in times]
    for place, name in enumerate(parts):
        left.barh(place, times[name], height=0.7, color=look.color(0))
        left.text(times[name], place, f" {times[name]:.3g} s", va="center", fontsize=8)
    left.set_yticks(range(len(parts)), parts)
    left.set_ylim(len(parts) - 0.4, -0.6)
    left.set_xlim(0, 1.3 * max([times[name] for name in parts] + [1e-9]))
    left.set_xlabel(f"time (s) of {times.get('total', 0):.3g} s in all")
    divided = [(name.replace("peak_rss", "memory"), entry) for name, entry in data.run.get("per_rank", {}).items()
               if entry.get("mean")]
    for place, (_, entry) in enumerate(divided):
        mean = entry["mean"]
        right.plot([entry["min"] / mean, entry["max"] / mean], [place, place], color="black", marker="|", markersize=9)
        right.annotate(f"{entry['max'] / mean:.3g}", (entry["max"] / mean, place), xytext=(5, 0),
                       textcoords="offset points", va="center", fontsize=8)
    right.axvline(1.0, color=look.GREY, linewidth=0.8, linestyle=(0, (3, 2)))
    right.set_yticks(range(len(divided)), [name for name, _ in divided])
    right.set_ylim(len(divided) - 0.4, -0.6)
    right.set_xlim(0, 1.25 * max([entry["max"] / entry["mean"] for _, entry in divided] + [1.0]))
    right.set_xlabel("least to most of a rank, over the mean")
    for panel in (left, right):
        panel.tick_params(axis="y", length=0)
    return figure
