# SPDX-License-Identifier: BSD-3-Clause
"""The runs of run.sh: every benchmark and layout in turn, each beside the bounds measured right after it, then medians
as a table and as bench.json. Arguments: BUILD CONFIGS DIRECTORY REPEATS LAYOUT...; benchmarks on standard input."""
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

INDEX_BYTES = 2           # of a synapse: its target
PLASTIC_BYTES = 2 + 4 + 4  # target, weight read, weight written
BLOCK = 65536             # targets that have one accumulator
DISTURBED = 0.1           # share of the machine that others took during a run, beyond which it counts as disturbed

# key, what it is; in the order of the table
FIGURES = {
    "build_ns": "build, ns per synapse and core",
    "event_ns": "all in, ns per event and core",
    "static_ns": "delivery, ns per static event and core",
    "plastic_ns": "delivery, ns per plastic event and core",
    "update_ns": "update, ns per neuron and core",
    "draw_ns": "Poisson input, ns per draw and core",
    "exchange_us": "exchange, us per step",
    "wait_us": "barriers and waiting, us per step",
    "synapse_bytes": "bytes per synapse",
    "real_time_factor": "real-time factor",
    "wall_s": "wall time from outside, s",
}


def busy_s():
    """Seconds that all processes have used all cores, since the start of the machine."""
    fields = [int(f) for f in open("/proc/stat").readline().split()[1:]]
    return sum(fields[i] for i in (0, 1, 2, 5, 6, 7)) / os.sysconf("SC_CLK_TCK")


def launch(layout, command, **more):
    """Runs a command under mpirun; gives its output, its seconds, and the share of the machine others took."""
    ranks = layout.split("x")[0]
    mpirun = ["mpirun", "--map-by", "slot:OVERSUBSCRIBE", "--bind-to", "none", "-n", ranks]
    busy, before, start = busy_s(), resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    result = subprocess.run(mpirun + [str(part) for part in command], stdout=subprocess.PIPE, text=True,
                            stdin=subprocess.DEVNULL, **more)
    if result.returncode:
        sys.exit(f"run.sh: exit code {result.returncode} of {' '.join(map(str, command))}")
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result.stdout, wall, max(0.0, busy_s() - busy - own) / (wall * os.cpu_count())


def simulate(build, config, layout, directory, settings):
    """One run of volley: its run.json, wall time, and the share of the machine others took."""
    command = [build / "volley", "run", config, "--threads", layout.split("x")[1], "-q", "--overwrite", "-o", directory]
    for setting in settings:
        command += ["--set", setting]
    wall, others = launch(layout, command)[1:]
    return json.loads((directory / "run.json").read_text()), wall, others


def quotient(a, b):
    return a / b if b else None


def figures(run, wall):
    """The figures of one run; None where there is nothing to count."""
    cores = run["layout"]["ranks"] * run["layout"]["threads"]
    steps = run["simulated_ms"] / run["dt_ms"]
    mean = {phase: value["mean"] for phase, value in run["phases_s"].items()}
    core_ns = {phase: value * cores * 1e9 for phase, value in mean.items()}
    return {
        "build_ns": run["build_ns_per_synapse_per_core"],
        "event_ns": run["ns_per_event_per_core"],
        "static_ns": quotient(core_ns["arrive_static"], run["events"]["static"]),
        "plastic_ns": quotient(core_ns["arrive_plastic"], run["events"]["plastic"]),
        "update_ns": quotient(core_ns["update"] - core_ns["update_poisson"], run["updates"]),
        "draw_ns": quotient(core_ns["update_poisson"], run["poisson_draws"]),
        "exchange_us": 1e6 * mean["exchange"] / steps,
        "wait_us": 1e6 * mean["wait"] / steps,
        "synapse_bytes": run["bytes"]["per_synapse"],
        "real_time_factor": run["real_time_factor"],
        "wall_s": wall,
    }


def measure_bounds(build, run, layout, weight, delays, update):
    """What bench_bounds finds for a network like this one."""
    cores = run["layout"]["ranks"] * run["layout"]["threads"]
    neurons = max(1, run["network"]["neurons"] // cores)
    synapses = max(1, run["network"]["synapses"] // cores)
    width = INDEX_BYTES + (4 if run["network"]["plastic_synapses"] else weight)
    run_length = max(1, round(synapses / run["network"]["neurons"] / delays))
    arguments = [layout.split("x")[1], synapses * width, min(BLOCK, neurons), run_length, weight, neurons * update // 2]
    output, _, others = launch(layout, [build / "tests/bench_bounds", *arguments])
    return {**json.loads(output), "others": others}


def bounds(measured, run, weight, update):
    """The least that each figure can be by the bounds; figures without one are left out."""
    events, network = run["events"], run["network"]
    static = max(measured["scatter_ns"], (INDEX_BYTES + weight) / measured["triad_gb_s"])
    plastic = max(measured["scatter_ns"], PLASTIC_BYTES / measured["triad_gb_s"])
    share = quotient(network["plastic_synapses"], network["synapses"]) or 0.0
    content = INDEX_BYTES + weight * (1 - share) + 4 * share
    ranks, threads = run["layout"]["ranks"], run["layout"]["threads"]
    exchanges = run["collective_calls"] - run["exchange_overflows"]
    exchanges *= run["dt_ms"] / run["simulated_ms"]  # per step
    return {
        "build_ns": content / measured["triad_gb_s"],
        "event_ns": quotient(static * events["static"] + plastic * events["plastic"],
                             events["static"] + events["plastic"]),
        "static_ns": static,
        "plastic_ns": plastic,
        "update_ns": update / measured["in_place_gb_s"],
        "exchange_us": exchanges * measured["allgather_us"] if ranks > 1 else None,
        "wait_us": 2 * exchanges * measured["barrier_us"] if threads > 1 else None,
        "synapse_bytes": content,
    }


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def undisturbed(runs):
    """The runs that others left alone; all of them when there is none."""
    return [run for run in runs if run["others"] <= DISTURBED] or runs


def summarise(entry):
    """Medians of an entry's repeats. The ratio is the median of the ratios inside each repeat."""
    summary, runs = {}, undisturbed(entry["runs"])
    for key in FIGURES:
        values = [run["figures"][key] for run in runs]
        least = [run["bounds"].get(key) for run in runs]
        ratios = [quotient(v, b) if v is not None and b is not None else None for v, b in zip(values, least)]
        if median(values) is not None:
            summary[key] = {"median": median(values), "min": min(values), "max": max(values),
                            "bound": median(least), "ratio": median(ratios)}
    return summary


def cell(value):
    return "-" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def table(entries):
    lines = [f"{'benchmark':<21} {'layout':<6} {'figure':<41} {'median':>8} {'min':>8} {'max':>8} {'bound':>8} {'ratio':>7}"]
    for entry in entries:
        for key, value in entry["summary"].items():
            lines.append(f"{entry['name']:<21} {entry['layout']:<6} {FIGURES[key]:<41} " +
                         " ".join(f"{cell(value[k]):>8}" for k in ("median", "min", "max", "bound")) +
                         f" {cell(value['ratio']):>7}")
        others = [run["others"] for run in entry["runs"]]
        if max(others) > DISTURBED:
            shares = ", ".join(f"{100 * share:.0f} %" for share in others)
            what = "all runs were disturbed" if min(others) > DISTURBED else "disturbed runs are left out"
            lines.append(f"  {what}: other processes took {shares} of the machine")
    return "\n".join(lines) + "\n"


def main():
    build, configs, directory = (pathlib.Path(a) for a in sys.argv[1:4])
    repeats, layouts = int(sys.argv[4]), sys.argv[5:]
    benchmarks = [line.split() for line in sys.stdin if line.strip()]
    entries = [{"name": b[0], "layout": layout, "parameters": b[1:], "runs": []} for b in benchmarks for layout in layouts]
    directory.mkdir(parents=True, exist_ok=True)
    for repeat in range(repeats):
        for entry in entries:
            duration, (weight, delays, update) = entry["parameters"][0], map(int, entry["parameters"][1:])
            print(f"run.sh: {repeat + 1} of {repeats}: {entry['name']} on {entry['layout']}", file=sys.stderr)
            settings = [f"simulation.duration={duration}", "record.start=0"]  # any duration is long enough to record
            run, wall, others = simulate(build, configs / f"{entry['name']}.yaml", entry["layout"],
                                         directory / entry["name"], settings)
            measured = measure_bounds(build, run, entry["layout"], weight, delays, update)
            entry["runs"].append({"figures": figures(run, wall), "bounds": bounds(measured, run, weight, update),
                                  "measured": measured, "others": max(others, measured["others"])})
            entry["hashes"] = entry.get("hashes", set()) | {(run["spike_hash"], run["weight_hash"])}
            version = {"volley": run["volley"], "host": run["host"]}
    different = False
    for name, *_ in benchmarks:
        found = set().union(*(entry["hashes"] for entry in entries if entry["name"] == name))
        if len(found) > 1:
            print(f"run.sh: results of {name} differ between runs", file=sys.stderr)
            different = True
    for entry in entries:
        entry["hashes"] = sorted(entry["hashes"])
        entry["summary"] = summarise(entry)
    (directory / "bench.json").write_text(json.dumps({**version, "repeats": repeats, "benchmarks": entries}, indent=2) + "\n")
    (directory / "table.txt").write_text(table(entries))
    print(table(entries), end="")
    return different


if __name__ == "__main__":
    sys.exit(main())
