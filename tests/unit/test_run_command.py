# SPDX-License-Identifier: BSD-3-Clause
"""What `volley run` refuses, what it counts, and which number of threads wins."""
import json
import os
import re
from support import volley

# Neuron 0 of `input` fires at 0, which no update hands out. Bursts of 600 neurons overflow the exchange's first slot.
CONFIG = """
simulation: {dt: 0.1, duration: 30.0, seed: 1}
populations:
  input: {model: spike_source, size: 2, params: {spike_times: [[0, 0.3, 20.0], [0.2]]}}
  cells: {model: iaf_psc_delta, size: 600, params: {t_ref: 0.0}}
projections:
  drive:
    source: {population: input, neurons: {first: 1}}
    target: cells
    connect: {rule: all_to_all}
    weight: 20.0
    delay: 0.5
"""


def prepared(directory, text=CONFIG):
    return volley.write(directory, "config.yaml", text), os.path.join(directory, "out")


def result(directory):
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        return json.load(file)


def refused(arguments, *words, launched=(3,)):
    """Exit code 2 and one message, without mpirun and under it (which takes a second to report a failure)."""
    for ranks in (None, *launched):
        done = volley.start(["run", *arguments], ranks)
        assert done.returncode == 2, f"{arguments} on {ranks} ranks gave {done.returncode}:\n{done.stderr}"
        messages = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
        assert len(messages) == 1, f"{arguments} on {ranks} ranks:\n{done.stderr}"
        for word in words:
            assert word in messages[0], f"{word} is not in {messages[0]}"
        if ranks is None:
            assert done.stderr.splitlines() == messages, done.stderr


def test_collective_calls(directory):
    config, out = prepared(directory)
    for ranks in (1, 2, 3):
        run = volley.run(config, out, ranks)
        # all cells fire at 0.5, 0.8 and 20.5 ms; one rank makes no calls that could overflow
        assert run["populations"]["cells"]["spikes"] == 3 * 600
        assert run["collective_calls"] == 300 + run["exchange_overflows"], run["collective_calls"]
        assert ranks == 1 or run["exchange_overflows"] == (1 if 600 / ranks > 256 else 0), run["exchange_overflows"]
    run = volley.run(config, out, 2, sets=["exchange.interval=min_delay"])
    assert run["layout"]["exchange_interval_steps"] == 5
    assert run["collective_calls"] == 60 + run["exchange_overflows"]
    run = volley.run(config, out, 2, sets=["exchange.interval=4", "simulation.duration=3.0"])
    assert run["collective_calls"] == 8 + run["exchange_overflows"]  # 7 times 4 steps, once 2


def test_directory(directory):
    config, out = prepared(directory)
    volley.run(config, out)
    with open(os.path.join(out, "notes.txt"), "w", encoding="utf-8") as file:
        file.write("mine")
    before = result(out)
    refused([config, "-o", out], out, "--overwrite")
    assert result(out) == before
    run = volley.run(config, out, sets=["simulation.duration=10.0"])
    assert run["simulated_ms"] == 10.0
    assert os.path.exists(os.path.join(out, "notes.txt")), "a file that is not a result has gone"
    assert sorted(os.listdir(out)) == ["manifest.json", "notes.txt", "run.json", "spikes.h5"], os.listdir(out)
    refused([config, "-o", config], config)
    refused([config, "-o", os.path.join(config, "below")], config, launched=())
    done = volley.start(["run", config, "-o", os.path.join(directory, "new", "deep"), "-q"])
    assert done.returncode == 0, done.stderr
    assert sorted(os.listdir(os.path.join(directory, "new", "deep"))) == ["manifest.json", "run.json", "spikes.h5"]


def test_usage(directory):
    config, out = prepared(directory)
    refused([config, "-o", out, "--overwrit"], "--overwrit", "--overwrite", launched=(1, 3))
    refused([config, "-o"], "-o", launched=())
    refused([], "CONFIG", launched=())
    refused([config, config], config, launched=())
    refused([config, "-o", out, "--threads", "0"], "--threads", "0", launched=())
    refused([config, "-o", out, "--threads", "two"], "two", launched=())
    refused([config, "-o", out, "--progress", "loud"], "loud", "auto", launched=())
    refused([os.path.join(directory, "none.yaml"), "-o", out], "none.yaml", launched=())
    refused([config, "-o", out, "--set", "simulation"], "simulation", launched=())
    refused([config, "-o", out, "--set", "simulation.duratoin=3"], "duratoin", "duration")
    wrong = volley.write(directory, "wrong.yaml", CONFIG.replace("all_to_all}", "all_to_all, indegree: 3}"))
    refused([wrong, "-o", out], "wrong.yaml:10", "indegree", launched=(1, 3))
    refused([config, "-o", out, "--set", "exchange.interval=6"], "6", "5", launched=())
    assert not os.path.exists(out), "a refused run has made a directory"
    done = volley.start(["run", "--help"])
    assert done.returncode == 0 and "usage: volley run" in done.stdout and done.stderr == ""


def test_spikes_recorded(directory):
    config, out = prepared(directory)
    for ranks in (1, 3):
        volley.run(config, out, ranks)
        assert volley.spikes(out, "input") == [(0, 0), (2, 1), (3, 0), (200, 0)]
        assert [step for step, _ in volley.spikes(out, "cells")] == [5] * 600 + [8] * 600 + [205] * 600
        assert [i for _, i in volley.spikes(out, "cells")] == 3 * list(range(600))


def test_record_start(directory):
    config, out = prepared(directory)
    whole = volley.run(config, out)
    for ranks in (1, 3):
        run = volley.run(config, out, ranks, sets=["record.start=0.8", "record.spikes=[cells]"])
        # a spike at the start belongs to the time before it; hash and counts cover the whole run
        assert [step for step, _ in volley.spikes(out, "cells")] == [205] * 600
        assert run["spike_hash"] == whole["spike_hash"]
        assert run["populations"]["cells"]["spikes"] == 1800
        assert abs(run["populations"]["cells"]["rate_hz"] - 1 / 29.2e-3) < 1e-9
        try:
            volley.spikes(out, "input")
            raise AssertionError("input was not to be recorded")
        except KeyError:
            pass


def test_threads(directory):
    config, out = prepared(directory)

    def winner(arguments, environment):
        done = volley.start(["run", config, "-o", out, "--overwrite", *arguments], environment=environment)
        assert done.returncode == 0, done.stderr
        found = re.search(r"(\d+) ranks x (\d+) threads \(by ([^)]*)\)", done.stderr)
        assert found, done.stderr
        assert result(out)["layout"]["threads"] == int(found[2])
        return int(found[2]), found[3]

    three = {"OMP_NUM_THREADS": "3"}
    assert winner(["--threads", "1", "--set", "simulation.threads=2"], three) == (1, "--threads")
    assert winner(["--set", "simulation.threads=2"], three) == (2, "simulation.threads")
    assert winner([], three) == (3, "OMP_NUM_THREADS")
    assert winner([], {}) == (len(os.sched_getaffinity(0)), "cores")
    done = volley.start(["run", config, "-o", out, "--overwrite"], environment={"OMP_NUM_THREADS": "many"})
    assert done.returncode == 2 and "many" in done.stderr, done.stderr


if __name__ == "__main__":
    volley.main([test_collective_calls, test_directory, test_usage, test_spikes_recorded, test_record_start,
                 test_threads])
