# SPDX-License-Identifier: BSD-3-Clause
"""jobs/scaling.sh: one row per layout, medians of the runs that count, equal hashes for each size, figures as in
run.json; it fails when hashes differ."""
import csv
import json
import os
import statistics
import subprocess
from support import volley

SCRIPT = os.path.join(volley.SOURCE, "jobs", "scaling.sh")
CONFIG = os.path.join(volley.SOURCE, "configs", "examples", "balanced.yaml")
SHORT = ["--set", "simulation.duration=150"]
ONCE = ["-r", "1", "--no-warm-up"]
LAYOUTS = ("1x1", "1x2", "2x1", "2x2", "4x1")


def scaling(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items()
             if name not in ("LAYOUTS", "MPIRUN", "CORES", "SLURM_JOB_ID")}
    clean["MPIRUN"] = " ".join(volley.LAUNCHER)
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, timeout=300 * volley.PATIENCE,
                          env={**clean, "VOLLEY": volley.PROGRAM, **environment})
    return done.returncode, done.stdout, done.stderr


def rows(directory):
    with open(os.path.join(directory, "scaling.csv"), encoding="utf-8") as file:
        return list(csv.DictReader(file))


def close(found, wanted):
    return abs(float(found) - wanted) <= 1e-9 * abs(wanted)


def test_figures_of_one_run(directory):
    code, out, err = scaling(CONFIG, *SHORT, *ONCE, "-o", directory, CORES="2")
    assert code == 0, out + err
    table = rows(directory)
    assert tuple(row["layout"] for row in table) == LAYOUTS, table
    assert [row["oversubscribed"] for row in table] == ["0", "0", "0", "1", "1"], table
    assert len({row["spike_hash"] for row in table}) == len({row["connection_hash"] for row in table}) == 1, table
    for row in table:
        with open(os.path.join(directory, row["layout"], "run.json"), encoding="utf-8") as file:
            run = json.load(file)
        assert run["simulated_ms"] == 150 and row["spike_hash"] == run["spike_hash"]
        assert (int(row["ranks"]), int(row["threads"])) == (run["layout"]["ranks"], run["layout"]["threads"])
        faster = float(table[0]["simulate_s"]) / run["time_s"]["simulate"]
        wanted = {"build_s": run["time_s"]["build"], "simulate_s": run["time_s"]["simulate"],
                  "real_time_factor": run["real_time_factor"], "bytes_per_synapse": run["bytes"]["per_synapse"],
                  "memory_mb": run["bytes"]["peak_rss_total"] / 1e6,
                  "ns_per_event_per_core": run["ns_per_event_per_core"],
                  "speed_up": faster, "efficiency": faster / int(row["cores"])}
        for phase in ("arrive", "update", "exchange", "wait", "record"):
            wanted[f"{phase}_us_per_step"] = run["phases_s"][phase]["mean"] / 1500 * 1e6
        for column, value in wanted.items():
            assert close(row[column], value), (row["layout"], column, row[column], value)
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == list(LAYOUTS) and lines[4].split()[1] == "4*", out


def test_rounds_and_medians(directory):
    code, out, err = scaling(CONFIG, *SHORT, "-r", "3", "-o", directory, LAYOUTS="1x1 2x1 1x2", CORES="2")
    assert code == 0, out + err
    asked = [line.split(": ", 1)[1] for line in err.splitlines() if line.startswith("scaling: ")]
    rounds = ("warm-up", "round 1 of 3", "round 2 of 3", "round 3 of 3")
    assert asked == [f"{what}: {layout}" for what in rounds for layout in ("1x1", "2x1", "1x2")], err
    with open(os.path.join(directory, "scaling.json"), encoding="utf-8") as file:
        layouts = json.load(file)["layouts"]
    for row, layout in zip(rows(directory), layouts, strict=True):
        assert [run["counts"] for run in layout["runs"]] == [False, True, True, True], layout
        counted = layout["runs"][1:]
        for key in ("simulate_s", "wait_us_per_step", "memory_mb"):
            assert close(row[key], statistics.median(run[key] for run in counted)), (row, key)
        assert close(row["simulate_min_s"], min(run["simulate_s"] for run in counted))
        assert close(row["simulate_max_s"], max(run["simulate_s"] for run in counted))
    assert os.path.exists(os.path.join(directory, "scaling.png")) != ("no picture" in out), out


def test_weak(directory):
    """The size grows with the cores; layouts of one size agree, sizes among each other need not."""
    code, out, err = scaling(CONFIG, *SHORT, *ONCE, "--weak", "scale.neurons=0.5", "-o", directory,
                             LAYOUTS="1x1 2x1 1x2 4x1", CORES="2")
    assert code == 0, out + err
    table = rows(directory)
    assert [int(row["neurons"]) for row in table] == [500, 1000, 1000, 2000], table
    assert [int(row["synapses"]) for row in table] == [50000, 100000, 100000, 200000], table
    hashes = [row["spike_hash"] for row in table]
    assert hashes[1] == hashes[2] and len(set(hashes)) == 3, hashes
    times = [float(row["simulate_s"]) for row in table]
    for row, time in zip(table, times):
        assert close(row["speed_up"], int(row["cores"]) * times[0] / time), row
        assert close(row["efficiency"], times[0] / time), row

    sizes = ["--weak", "populations.E.size=800", "--weak", "populations.I.size=200"]
    code, out, err = scaling(CONFIG, *SHORT, *ONCE, *sizes, "-o", directory, LAYOUTS="1x1 2x1")
    assert code == 0, out + err
    assert [int(row["neurons"]) for row in rows(directory)] == [1000, 2000], out


def test_hashes_differ(directory):
    """A program whose seed depends on the number of threads."""
    program = volley.write(directory, "volley", f'#!/bin/bash\nfor word; do\n    if [ "${{last-}}" = --threads ]; then '
                           f'seed=$word; fi\n    last=$word\ndone\nexec "{volley.PROGRAM}" "$@" --set '
                           'simulation.seed="$seed"\n')
    os.chmod(program, 0o755)
    results = os.path.join(directory, "out")
    code, out, err = scaling(CONFIG, *SHORT, *ONCE, "-o", results, LAYOUTS="1x1 2x1 1x2", VOLLEY=program)
    assert code == 1 and "hashes differ" in err and " on 1x1 2x1; " in err, (code, out, err)
    assert len(rows(results)) == 3
    weak = ["--weak", "scale.neurons=0.5"]
    code, out, err = scaling(CONFIG, *SHORT, *ONCE, *weak, "-o", results, LAYOUTS="1x1 2x1", VOLLEY=program)
    assert code == 0, (code, out, err)
    code, out, err = scaling(CONFIG, *SHORT, *ONCE, *weak, "-o", results, LAYOUTS="1x1 2x1 1x2", VOLLEY=program)
    assert code == 1 and "of scale.neurons=1.0" in err, (code, out, err)


def test_refused(directory):
    none = os.path.join(directory, "none.yaml")
    for arguments, environment, word in (((), {}, "no config"), ((none,), {}, none), ((CONFIG, "-x"), {}, "-x"),
                                         ((CONFIG,), {"LAYOUTS": "2by1"}, "2by1"), ((CONFIG, "-o"), {}, "-o"),
                                         ((CONFIG, "-r", "0"), {}, "-r 0"), ((CONFIG,), {"CORES": "two"}, "two"),
                                         ((CONFIG, "--weak", "scale.neurons=x"), {}, "scale.neurons=x"),
                                         ((CONFIG,), {"MPIRUN": none}, none),
                                         ((CONFIG,), {"VOLLEY": none}, "VOLLEY")):
        code, out, err = scaling(*arguments, "-o", directory, **environment) if arguments[-1:] != ("-o",) else \
            scaling(*arguments, **environment)
        assert code == 2 and word in err and out == "", (arguments, code, out, err)
    code, out, err = scaling(CONFIG, "--set", "simulation.duration=-1", "-o", directory, LAYOUTS="1x1")
    assert code == 1 and "the run on 1x1 failed with exit code 2" in err, (code, out, err)
    code, out, err = scaling(CONFIG, *SHORT, "-o", directory, LAYOUTS="2x1", MPIRUN="env N={ranks}")
    assert code == 1 and "started 1 ranks for 2x1" in err, (code, out, err)
    assert scaling("--help")[0] == 0


if __name__ == "__main__":
    volley.main([test_figures_of_one_run, test_rounds_and_medians, test_weak, test_hashes_differ, test_refused])
