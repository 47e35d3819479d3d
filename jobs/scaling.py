# SPDX-License-Identifier: BSD-3-Clause
"""The measurements of scaling.sh, which explains them: rounds of runs over all layouts, medians as a table, CSV, JSON and
a picture, and whether all layouts of one size gave the same result."""
import argparse
import csv
import json
import os
import shlex
import statistics
import subprocess
import sys

PHASES = ("update", "arrive", "exchange", "wait", "record")
HASHES = ("spike_hash", "connection_hash", "weight_hash")


class Failed(Exception):
    """A message for the user and the exit code."""
    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("config")
    parser.add_argument("layouts", nargs="+")
    parser.add_argument("--volley")
    parser.add_argument("--launcher")
    parser.add_argument("--cores", type=int)
    parser.add_argument("--directory")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--weak", action="append", default=[])
    parser.add_argument("--no-warm-up", action="store_true")
    return parser.parse_args()


def times(setting, cores):
    """KEY=VALUE with VALUE times the cores; whole numbers stay whole."""
    key, _, text = setting.partition("=")
    try:
        value = int(text) if text.isdigit() else float(text)
    except ValueError:
        raise Failed(f"--weak {setting}: not KEY=NUMBER, such as scale.neurons=0.1", 2) from None
    return f"{key}={value * cores!r}"


class Layout:
    """A number of ranks and threads, its settings, and the runs made on it."""
    def __init__(self, text, arguments):
        self.text = text
        self.ranks, self.threads = map(int, text.split("x"))
        self.cores = self.ranks * self.threads
        self.oversubscribed = self.cores > arguments.cores
        weak = [times(setting, self.cores) for setting in arguments.weak]
        self.size = " ".join(weak)
        self.settings = arguments.set + weak
        self.runs = []


def launch(layout, arguments):
    """One run; its run.json."""
    directory = os.path.join(arguments.directory, layout.text)
    launcher = arguments.launcher + ("" if "{ranks}" in arguments.launcher else " -n {ranks}")
    launcher = launcher.replace("{ranks}", str(layout.ranks)).replace("{threads}", str(layout.threads))
    command = [*shlex.split(launcher), arguments.volley, "run", arguments.config]
    for setting in layout.settings:
        command += ["--set", setting]
    command += ["--threads", str(layout.threads), "-q", "--overwrite", "-o", directory]
    try:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL).returncode
    except OSError as error:
        raise Failed(f"the launcher cannot be started: {error}", 2) from None
    if code:
        raise Failed(f"the run on {layout.text} failed with exit code {code}")
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    if (run["layout"]["ranks"], run["layout"]["threads"]) != (layout.ranks, layout.threads):
        raise Failed(f"the launcher started {run['layout']['ranks']} ranks for {layout.text}; does it belong to the MPI "
                     "that volley was built with?")
    return run


def figures(run):
    """What is compared, of one run; None where there is nothing to count."""
    steps = run["simulated_ms"] / run["dt_ms"]
    found = {"build_s": run["time_s"]["build"], "simulate_s": run["time_s"]["simulate"],
             "write_s": run["time_s"]["write"], "real_time_factor": run["real_time_factor"]}
    for phase in PHASES:
        found[f"{phase}_us_per_step"] = run["phases_s"][phase]["mean"] / steps * 1e6
    found["ns_per_event_per_core"] = run["ns_per_event_per_core"]
    found["memory_mb"] = run["bytes"]["peak_rss_total"] / 1e6
    found["bytes_per_synapse"] = run["bytes"]["per_synapse"]
    return found


def measure(layouts, arguments):
    """Rounds over all layouts, so that a busy time of the machine meets all alike."""
    warm_up = 0 if arguments.no_warm_up else 1
    for number in range(warm_up + arguments.repeats):
        for layout in layouts:
            what = f"round {number + 1 - warm_up} of {arguments.repeats}" if number >= warm_up else "warm-up"
            print(f"scaling: {what}: {layout.text}", file=sys.stderr, flush=True)
            run = launch(layout, arguments)
            entry = {"counts": number >= warm_up, **figures(run)}
            entry.update({key: run[key] for key in HASHES})
            entry.update({key: run["network"][key] for key in ("neurons", "synapses")})
            layout.runs.append(entry)
    return {"volley": run["volley"], "host": run["host"]}


def median(values):
    values = [value for value in values if value is not None]
    return statistics.median(values) if values else None


def rows(layouts, weak):
    """A row for each layout: medians of the rounds that count, and what follows from them."""
    table = []
    for layout in layouts:
        runs = [run for run in layout.runs if run["counts"]]
        row = {"layout": layout.text, "ranks": layout.ranks, "threads": layout.threads, "cores": layout.cores,
               "oversubscribed": int(layout.oversubscribed), "neurons": runs[0]["neurons"],
               "synapses": runs[0]["synapses"]}
        for key in (key for key in runs[0] if key not in row and key not in HASHES and key != "counts"):
            row[key] = median(run[key] for run in runs)
        row["simulate_min_s"] = min(run["simulate_s"] for run in runs)
        row["simulate_max_s"] = max(run["simulate_s"] for run in runs)
        first = table[0] if table else row
        more_work = layout.cores / first["cores"] if weak else 1.0
        row["speed_up"] = more_work * first["simulate_s"] / row["simulate_s"] if row["simulate_s"] else None
        row["efficiency"] = row["speed_up"] * first["cores"] / layout.cores if row["simulate_s"] else None
        row.update({key: runs[0][key] for key in HASHES})
        table.append(row)
    return table


def different(layouts):
    """Sizes of which not all runs, the first round included, gave the same hashes: (size, hash, layouts by value)."""
    found = []
    for size in dict.fromkeys(layout.size for layout in layouts):
        for key in HASHES:
            values = {}
            for layout in layouts:
                for run in layout.runs if layout.size == size else ():
                    values.setdefault(run[key], {})[layout.text] = None
            if len(values) > 1:
                found.append((size, key, values))
    return found


COLUMNS = (("build s", "build_s", "9.3f"), ("simulate s", "simulate_s", "10.3f"), ("rtf", "real_time_factor", "8.3f"),
           ("speed-up", "speed_up", "8.2f"), ("efficiency", "efficiency", "10.0%"),
           *((phase, f"{phase}_us_per_step", "8.2f") for phase in PHASES),
           ("ns/event", "ns_per_event_per_core", "9.2f"), ("MB", "memory_mb", "8.0f"),
           ("B/syn", "bytes_per_synapse", "7.1f"))


def text(table, cores, repeats):
    def cell(value, form):
        return "-".rjust(int(form.split(".")[0])) if value is None else format(value, form)

    lines = [f"{'layout':<8} {'cores':>6} " + " ".join(head.rjust(int(form.split(".")[0])) for head, _, form in COLUMNS)
             + "  spike_hash"]
    for row in table:
        used = f"{row['cores']}{'*' if row['oversubscribed'] else ' '}"
        lines.append(f"{row['layout']:<8} {used:>6} " + " ".join(cell(row[key], form) for _, key, form in COLUMNS)
                     + f"  {row['spike_hash']}")
    lines.append(f"medians of {repeats}; update to record in microseconds a step")
    if any(row["oversubscribed"] for row in table):
        lines.append(f"* more threads than the {cores} cores")
    return "\n".join(lines)


def draw(table, weak, title, path):
    """Speed-up and the time of a step by phases; False without matplotlib."""
    try:
        import matplotlib
        matplotlib.use("Agg")
        import matplotlib.pyplot as plt
    except ImportError:
        return False
    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.8), layout="constrained")
    first = table[0]["cores"]
    limits = sorted({row["cores"] for row in table})
    left.plot(limits, [n / first for n in limits], "--", color="0.6", linewidth=0.8, label="ideal")
    for row in table:
        if row["speed_up"] is not None:
            left.plot(row["cores"], row["speed_up"], "o", color="#08306b",
                      markerfacecolor="none" if row["oversubscribed"] else "#08306b")
            left.annotate(row["layout"], (row["cores"], row["speed_up"]), xytext=(5, 3), textcoords="offset points",
                          fontsize=8)
    if any(row["oversubscribed"] for row in table):
        left.plot([], [], "o", color="#08306b", markerfacecolor="none", label="more threads than cores")
    left.set(xscale="log", yscale="log", xlabel="cores used (ranks x threads)",
             ylabel="speed-up of the work" if weak else "speed-up")
    left.set_xticks(limits, [str(n) for n in limits])
    left.set_xticks([], minor=True)
    left.yaxis.set_major_formatter("{x:g}")
    left.yaxis.set_minor_formatter("{x:g}")
    left.legend(frameon=False, fontsize=8)
    bottom = [0.0] * len(table)
    for phase, colour in zip(PHASES, ("#08306b", "#4292c6", "#a63603", "#fdae6b", "0.6")):
        heights = [row[f"{phase}_us_per_step"] for row in table]
        right.bar([row["layout"] + ("*" if row["oversubscribed"] else "") for row in table], heights, bottom=bottom,
                  color=colour, label=phase)
        bottom = [a + b for a, b in zip(bottom, heights)]
    right.set(ylabel="time of a step (µs, mean over ranks)", xlabel="ranks x threads")
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=10)
    figure.savefig(path, dpi=150)
    return True


def scale(arguments):
    layouts = [Layout(text, arguments) for text in dict.fromkeys(arguments.layouts)]
    os.makedirs(arguments.directory, exist_ok=True)
    origin = measure(layouts, arguments)
    table = rows(layouts, bool(arguments.weak))
    path = os.path.join(arguments.directory, "scaling")
    with open(path + ".csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    whole = {**origin, "config": arguments.config, "settings": arguments.set, "weak": arguments.weak,
             "launcher": arguments.launcher, "cores": arguments.cores, "repeats": arguments.repeats,
             "layouts": [{**row, "size": layout.size, "runs": layout.runs} for row, layout in zip(table, layouts)]}
    with open(path + ".json", "w", encoding="utf-8") as file:
        json.dump(whole, file, indent=2)
        file.write("\n")
    print(text(table, arguments.cores, arguments.repeats))
    kind = "weak" if arguments.weak else "strong"
    drawn = draw(table, bool(arguments.weak), f"{kind} scaling of {os.path.basename(arguments.config)}", path + ".png")
    print(f"table: {path}.csv, every run: {path}.json, " +
          (f"picture: {path}.png" if drawn else "no picture, as this Python has no matplotlib"))
    wrong = different(layouts)
    for size, key, values in wrong:
        groups = "; ".join(f"{value} on {' '.join(names)}" for value, names in values.items())
        print(f"scaling: hashes differ between layouts{' of ' + size if size else ''}: {key} {groups}", file=sys.stderr)
    return 1 if wrong else 0


def main():
    try:
        return scale(parse())
    except Failed as error:
        print(f"scaling: {error}", file=sys.stderr)
        return error.code


if __name__ == "__main__":
    sys.exit(main())
