#!/usr/bin/env python3
"""The figure of a published system, from the results of its config.

usage: plot.py NAME [DIR [PICTURE]]
NAME is a config of this folder, DIR its results (default: results/NAME), PICTURE the file to write (default:
DIR/figure.png). For instance

    build/release/volley run configs/seeds/correlated_sources.yaml
    python3 configs/seeds/plot.py correlated_sources

Needs h5py, numpy and matplotlib (Debian: python3-h5py python3-numpy python3-matplotlib)."""
import os
import sys

try:
    import h5py
    import matplotlib
    import numpy

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError as error:
    sys.exit(f"plot.py: {error}; Debian: python3-h5py python3-numpy python3-matplotlib")


def read_spikes(directory, population):
    with h5py.File(os.path.join(directory, "spikes.h5"), "r") as file:
        group = file[f"spikes/{population}"]
        return group["timestamps"][:], group["node_ids"][:]


def read_weights(directory, projection):
    """Times [S], weights [S, E] and sources [E]."""
    with h5py.File(os.path.join(directory, "weights.h5"), "r") as file:
        group = file[f"weights/{projection}"]
        return group["time"][:], group["weight"][:], group["source_node_id"][:]


def potential(directory):
    """The potential of neuron 3 and its threshold, and the spikes of all."""
    with h5py.File(os.path.join(directory, "state_neurons_u.h5"), "r") as file:
        u = file["report/neurons/data"][:, 2]
    times, ids = read_spikes(directory, "neurons")
    figure, (raster, trace) = plt.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [1, 3]})
    raster.plot(times, ids + 1, "|", markersize=12, color="tab:blue")
    raster.set_yticks([1, 2, 3])
    raster.set_ylim(3.7, 0.3)
    raster.set_ylabel("neuron")
    trace.plot(range(len(u)), u, ".-", color="tab:blue")
    trace.axhline(1.0, linestyle="--", color="tab:gray")
    trace.set_xlabel("time (ms)")
    trace.set_ylabel("potential of neuron 3")
    return figure


def learning(directory, projection):
    """The weights of the two synapses after every step."""
    times, weights, sources = read_weights(directory, projection)
    figure, axes = plt.subplots()
    for column, source in enumerate(sources):
        axes.step(times, weights[:, column], where="post", label=f"{int(source) + 1} to 3")
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("weight")
    axes.legend()
    return figure


def window(directory):
    """The change of the weight over dt = t_pre - t_post."""
    _, weights, sources = read_weights(directory, "pairs")
    times, ids = read_spikes(directory, "pre")
    post, _ = read_spikes(directory, "post")
    emitted = dict(zip(ids.tolist(), times))
    dt = numpy.array([emitted[source] for source in sources.tolist()]) - post[0]
    figure, axes = plt.subplots()
    axes.plot(dt, weights[-1], ".", color="tab:blue")
    axes.axhline(0.0, color="tab:gray", linewidth=0.8)
    axes.axvline(0.0, color="tab:gray", linewidth=0.8)
    axes.set_xlabel("t_pre - t_post (ms)")
    axes.set_ylabel("change of the weight")
    return figure


def correlated(directory):
    """Raster of the first two seconds in three panels, one for each correlation, and the three weights."""
    panels = {"uncorrelated": "c = 0", "half": "c = 0.5", "identical": "c = 1"}
    figure, axes = plt.subplots(4, 1, figsize=(8, 9), gridspec_kw={"height_ratios": [1, 1, 1, 2]})
    for panel, (population, title) in zip(axes, panels.items()):
        times, ids = read_spikes(directory, population)
        first = times <= 2000.0
        panel.plot(times[first] / 1000, ids[first], "|", markersize=6, color="black")
        panel.set_title(title, fontsize="medium")
        panel.set_xlim(0.0, 2.0)
        panel.set_ylim(-0.7, 9.7)
        panel.set_ylabel("neuron")
        times, weights, _ = read_weights(directory, f"weight_{population}")
        axes[3].plot(times / 1000, weights[:, 0], label=title)
    axes[2].set_xlabel("time (s)")
    axes[3].set_xlabel("time (s)")
    axes[3].set_ylabel("weight 0 to 1")
    axes[3].legend()
    return figure


def annarchy(directory):
    """The change of the weight over t_post - t_pre: here, and what ANNarchy 4.8.2 prints."""
    _, weights, sources = read_weights(directory, "pairs")
    times, ids = read_spikes(directory, "pre")
    post, _ = read_spikes(directory, "post")
    emitted = dict(zip(ids.tolist(), times))
    dt = post[0] - numpy.array([emitted[source] for source in sources.tolist()])
    printed = numpy.where(dt > 0, 0.02 * numpy.exp(-(dt - 1) / 20), -0.02 * numpy.exp(dt / 20))
    order = numpy.argsort(dt)
    figure, axes = plt.subplots()
    axes.plot(dt[order], weights[-1, order] - 1.0, ".", color="tab:blue", label="exact for the equations")
    axes.plot(dt[order], printed[order], "-", color="tab:orange", linewidth=1, label="ANNarchy 4.8.2")
    axes.axhline(0.0, color="tab:gray", linewidth=0.8)
    axes.axvline(0.0, color="tab:gray", linewidth=0.8)
    axes.set_xlabel("t_post - t_pre (ms)")
    axes.set_ylabel("change of the weight")
    axes.legend()
    return figure


def curves(directory, projections):
    """The weights of some projections over time."""
    figure, axes = plt.subplots()
    for projection, title in projections.items():
        times, weights, sources = read_weights(directory, projection)
        for column, source in enumerate(sources):
            axes.plot(times, weights[:, column], label=f"{title}from neuron {int(source)}")
    axes.set_xlabel("time (ms)")
    axes.set_ylabel("weight")
    axes.legend()
    return figure


FIGURES = {
    "neurons_srm": potential,
    "neurons_stdp": lambda directory: learning(directory, "learning"),
    "neurons_stdp_exercise": lambda directory: learning(directory, "learning"),
    "neurons_spike_and_learn": lambda directory: learning(directory, "excitation"),
    "stdp_window": window,
    "correlated_sources": correlated,
    "synapticflow_noop": lambda directory: curves(directory, {"p": ""}),
    "synapticflow_stdp": lambda directory: curves(directory, {"published": "published, ", "full": "full rule, "}),
    "synapticflow_mstdp": lambda directory: curves(directory, {"p": ""}),
    "annarchy_stdp1": annarchy,
}


def main():
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    name = sys.argv[1]
    if name not in FIGURES:
        sys.exit(f"plot.py: no figure of {name}; there are {', '.join(FIGURES)}")
    directory = sys.argv[2] if len(sys.argv) > 2 else os.path.join("results", name)
    picture = sys.argv[3] if len(sys.argv) > 3 else os.path.join(directory, "figure.png")
    try:
        figure = FIGURES[name](directory)
        figure.tight_layout()
        figure.savefig(picture, dpi=110)
    except (OSError, KeyError, ValueError) as error:
        sys.exit(f"plot.py: {directory} has no results of {name}, or {picture} cannot be written: {error}")
    print(picture)


main()
