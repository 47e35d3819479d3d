# SPDX-License-Identifier: BSD-3-Clause
"""Merges the results of seeds.sh: python3 seeds_table.py VOLLEY RESULTS reads RESULTS/seed_*/ and writes table.txt and
table.csv beside them: rate and ISI CV of each population and the hashes for each seed, then means and standard
deviations over seeds. Exit code: 0 done, 1 a seed is missing or no result can be read."""
import csv
import json
import os
import statistics
import subprocess
import sys

COLUMNS = ("seed", "population", "rate_hz", "isi_cv", "spike_hash", "weight_hash", "connection_hash")


def number(text):
    return None if text == "-" else float(text)


def read(volley, directory):
    """One line for each population of a result; None when the run has not ended."""
    try:
        with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
            run = json.load(file)
        info = subprocess.run([volley, "info", directory], stdout=subprocess.PIPE, text=True, check=True).stdout
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"seeds: {directory} is left out: {error}", file=sys.stderr)
        return None
    cells = {line.split()[0]: line.split() for line in info.splitlines() if line.split()}
    hashes = {key: run[key] for key in COLUMNS[4:]}
    return [{"seed": run["seed"], "population": name, "rate_hz": number(cells[name][-3]),
             "isi_cv": number(cells[name][-2]), **hashes} for name in run["populations"]]


def show(value):
    return "-" if value is None else f"{value:.3f}"


def summary(rows):
    """Lines of mean and standard deviation for each population, of the seeds that have the figure."""
    for population in dict.fromkeys(row["population"] for row in rows):
        values = {key: [row[key] for row in rows if row["population"] == population and row[key] is not None]
                  for key in ("rate_hz", "isi_cv")}
        for what, of, least in (("mean", statistics.mean, 1), ("std", statistics.stdev, 2)):
            cells = {key: show(of(found) if len(found) >= least else None) for key, found in values.items()}
            yield f"{what:<12} {population:<20} {cells['rate_hz']:>10} {cells['isi_cv']:>10}"


def main():
    volley, results = sys.argv[1:3]
    seeds = [name for name in os.listdir(results) if name.startswith("seed_")] if os.path.isdir(results) else []
    seeds.sort(key=lambda name: (len(name), name))
    found = [read(volley, os.path.join(results, name)) for name in seeds]
    rows = [row for entry in found if entry for row in entry]
    if not rows:
        print(f"seeds: no results in {results}", file=sys.stderr)
        return 1
    lines = [f"{'seed':<12} {'population':<20} {'rate (Hz)':>10} {'ISI CV':>10}   spike_hash"]
    lines += [f"{row['seed']:<12} {row['population']:<20} {show(row['rate_hz']):>10} {show(row['isi_cv']):>10}   "
              f"{row['spike_hash']}" for row in rows]
    lines += summary(rows)
    with open(os.path.join(results, "table.csv"), "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    with open(os.path.join(results, "table.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 1 if None in found else 0


if __name__ == "__main__":
    sys.exit(main())
