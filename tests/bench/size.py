# SPDX-License-Identifier: BSD-3-Clause
"""Cost per event against the size of a network, as size.png and size.json in DIRECTORY. Neurons are scaled, in-degrees
are not, so that only the footprint changes: brunel_delta for static synapses, hpc_benchmark with a tenth of its
in-degrees for plastic ones. Arguments: BUILD CONFIGS DIRECTORY [LAYOUT [REPEATS]]."""
import json
import pathlib
import statistics
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

import stand

SCALES = [0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0]
# label, config, settings besides the size, duration (ms), figure, bytes of a synapse that an event reads, style
CURVES = [
    ("static, constant weight (brunel_delta)", "brunel_delta", [], 500, "static_ns", 2, "-o"),
    ("static, float32 weights (brunel_delta)", "brunel_delta",
     [f"projections.{p}.weight={{uniform: {{low: {low}, high: {high}}}}}" for p, low, high in
      (("E_to_E", 0.09, 0.11), ("E_to_I", 0.09, 0.11), ("I_to_E", -0.55, -0.45), ("I_to_I", -0.55, -0.45))],
     500, "static_ns", 6, "-s"),
    ("plastic (hpc_benchmark, in-degrees / 10)", "hpc_benchmark", ["scale.indegrees=0.1"], 300, "plastic_ns", 6, "-^"),
]
BLUES = ["#9ecae1", "#4292c6", "#08306b"]


def cache_bytes(level):
    """Size of a data cache of the first core; None where the system does not tell."""
    for index in pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        if (index / "level").read_text().strip() == str(level) and (index / "type").read_text().strip() != "Instruction":
            return int((index / "size").read_text().strip().rstrip("K")) * 1024
    return None


def measure(build, configs, directory, layout, repeats):
    """Repeats are interleaved over curves and sizes."""
    points = [{"curve": c, "scale": s, "runs": []} for c in CURVES for s in SCALES]
    for repeat in range(repeats):
        for point in points:
            label, config, settings, duration, key, width, _ = point["curve"]
            print(f"size.py: {repeat + 1} of {repeats}: {label}, scale {point['scale']}", file=sys.stderr)
            settings = settings + [f"scale.neurons={point['scale']}", f"simulation.duration={duration}"]
            run, wall, others = stand.simulate(build, configs / f"{config}.yaml", layout, directory / "size", settings)
            cores = run["layout"]["ranks"] * run["layout"]["threads"]
            point["bytes_per_core"] = run["network"]["synapses"] * width / cores
            point["synapses"] = run["network"]["synapses"]
            point["runs"].append({"ns": stand.figures(run, wall)[key], "others": others})
    for point in points:
        point["curve"] = point["curve"][0]
        point["ns"] = statistics.median(r["ns"] for r in stand.undisturbed(point["runs"]))
    return points


def draw(points, cores, path):
    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for (label, *_, style), colour in zip(CURVES, BLUES):
        own = [p for p in points if p["curve"] == label]
        axes.plot([p["bytes_per_core"] / 1e6 for p in own], [p["ns"] for p in own], style, color=colour, label=label,
                  markersize=4)
    for level, share in ((2, 1), (3, cores)):
        size = cache_bytes(level)
        if size:
            axes.axvline(size / share / 1e6, color="0.6", linewidth=0.8, linestyle="--")
            text = f"L{level}: {size / 2**20:.3g} MiB" + (f" for {share} cores" if share > 1 else " per core")
            axes.text(size / share / 1e6 * 1.06, 0.98, text, transform=axes.get_xaxis_transform(), va="top",
                      fontsize=8, color="0.4", rotation=90)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("synapses (MB per core)")
    axes.set_ylabel("delivery (ns per event and core)")
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 1.22), ncols=1)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=150)


def main():
    build, configs, directory = (pathlib.Path(a) for a in sys.argv[1:4])
    layout = sys.argv[4] if len(sys.argv) > 4 else "1x2"
    ranks, threads = map(int, layout.split("x"))
    directory.mkdir(parents=True, exist_ok=True)
    points = measure(build, configs, directory, layout, int(sys.argv[5]) if len(sys.argv) > 5 else 3)
    (directory / "size.json").write_text(json.dumps({"layout": layout, "points": points}, indent=2) + "\n")
    draw(points, ranks * threads, directory / "size.png")
    worst = max(r["others"] for p in points for r in stand.undisturbed(p["runs"]))
    print(f"{directory / 'size.png'}; other processes took at most {100 * worst:.0f} % of the machine during its runs")


if __name__ == "__main__":
    main()
