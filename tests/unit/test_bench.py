# SPDX-License-Identifier: BSD-3-Clause
"""tests/bench/run.sh lists the benchmarks that there are, refuses what it does not know, and puts figures beside the
bounds of bench_bounds, which a script with known numbers stands in for."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(os.environ["VOLLEY_SOURCE"])
RUN = ROOT / "tests/bench/run.sh"
BOUNDS = {"triad_gb_s": 10.0, "in_place_gb_s": 20.0, "scatter_ns": 0.5, "scatter_memory_ns": 1.0,
          "barrier_us": 0.25, "allgather_us": 2.0}
NEURONS, STEPS, DELAY_STEPS = 12500, 400, 15
A_STEP = -(-STEPS // DELAY_STEPS) / STEPS  # exchanges: one in the smallest delay


def run(*arguments, **environment):
    return subprocess.run([RUN, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHON": sys.executable, **environment})


def check_list():
    listed = run("--list")
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    assert listed.returncode == 0 and "brunel_delta" in names, listed
    there = sorted(path.stem for path in (ROOT / "configs/benchmarks").glob("*.yaml"))
    assert sorted(names) == there, f"listed {sorted(names)}, there are {there}"
    refused = run("brunel_gamma")
    assert refused.returncode == 2 and "brunel_delta" in refused.stderr, refused
    assert run("-r", "0").returncode == 2 and run("-d", "x").returncode == 2 and run("--lst").returncode == 2


def check_run(folder):
    (folder / "tests").mkdir()
    (folder / "volley").symlink_to(os.environ["VOLLEY"])
    stand_in = folder / "tests/bench_bounds"
    stand_in.write_text(f"#!/bin/sh\n[ \"$OMPI_COMM_WORLD_RANK\" != 0 ] || echo '{json.dumps(BOUNDS)}'\n")
    stand_in.chmod(0o755)
    done = run("-r", "1", "-d", "40", "-o", folder / "out", "brunel_delta", BUILD=str(folder))
    assert done.returncode == 0, done
    bench = json.loads((folder / "out/bench.json").read_text())
    assert [entry["layout"] for entry in bench["benchmarks"]] == ["2x1", "1x2"]
    result = json.loads((folder / "out/brunel_delta/run.json").read_text())
    assert result["updates"] == NEURONS * STEPS
    assert result["poisson_draws"] == NEURONS * (STEPS - DELAY_STEPS), result["poisson_draws"]
    phases = {name: value["mean"] for name, value in result["phases_s"].items()}
    assert 0 < phases["arrive_static"] <= phases["arrive"] and phases["arrive_plastic"] == 0
    assert 0 < phases["update_poisson"] < phases["update"]
    ranks, threads = (entry["summary"] for entry in bench["benchmarks"])
    assert ranks["static_ns"]["bound"] == 0.5 and ranks["build_ns"]["bound"] == 0.2
    assert abs(ranks["exchange_us"]["bound"] / (2.0 * A_STEP) - 1) < 1e-12, ranks["exchange_us"]
    assert ranks["wait_us"]["bound"] is None, ranks["wait_us"]
    assert abs(threads["wait_us"]["bound"] / (0.5 * A_STEP) - 1) < 1e-12 and threads["exchange_us"]["bound"] is None
    assert threads["update_ns"]["bound"] == 56 / 20 and "plastic_ns" not in threads
    update = 1e9 * 2 * (phases["update"] - phases["update_poisson"]) / result["updates"]
    assert abs(threads["update_ns"]["median"] / update - 1) < 1e-12
    assert abs(threads["update_ns"]["ratio"] / (update / 2.8) - 1) < 1e-12
    assert "delivery, ns per static event" in done.stdout and done.stdout == (folder / "out/table.txt").read_text()


check_list()
with tempfile.TemporaryDirectory() as name:
    check_run(pathlib.Path(name))
