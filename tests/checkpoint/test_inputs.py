# SPDX-License-Identifier: BSD-3-Clause
"""Every file that a run is made from is part of its identity: run.json lists it, and --resume refuses other values."""
import json
import os
import subprocess
import h5py
import numpy
from checkpoint.pieces import check_equal, piece, result
from support import volley
from support.xxh64 import xxh64

NETWORK = """
include: parts/common.yaml
simulation: {dt: 0.1, duration: 40.0, seed: 5}
populations:
  S: {model: spike_source, size: 3, params: {spike_times: [{file: spikes.csv, population: S}]}}
  A:
    model: iaf_psc_exp
    size: 10
    params: {tau_m: {file: tau.csv}, I_e: {file: numbers.h5, dataset: cells/I_e}}
    init: {V_m: {file: table.csv, column: v}}
    positions: {file: places.csv}
stimuli:
  r: {model: reward, params: {schedule: {file: reward.csv}}}
projections:
  sa: {source: S, target: A, connect: {rule: all_to_all}, weight: 300.0, delay: 1.0}
  aa:
    source: A
    target: A
    connect: {rule: list, file: edges.csv}
    weight: 30.0
    delay: 1.0
    plasticity: {rule: mstdp, reward: r, params: {w_max: 100.0}}
  old: {source: A, target: A, connect: {rule: one_to_one}, weight: {file: before, projection: old}, delay: 2.0,
        plasticity: {rule: stdp, params: {w_max: 100.0}}}
partition: {method: file, file: parts.csv}
record: {state: [{population: A, variables: [V_m], interval: 1.0}], weights: [{projection: old}]}
checkpoint: {interval: 20.0}
"""
BEFORE = """
simulation: {dt: 0.1, duration: 20.0, seed: 5}
populations: {A: {model: iaf_psc_exp, size: 10, params: {I_e: %s}}}
projections:
  old: {source: A, target: A, connect: {rule: one_to_one}, weight: {uniform: {low: 10, high: 20}}, delay: 2.0,
        plasticity: {rule: stdp, params: {w_max: 100.0}}}
record: {weights: [{projection: old}]}
"""
TEXTS = {
    "net.yaml": NETWORK,
    "parts/common.yaml": "simulation: {threads: 1}\n",
    "spikes.csv": "timestamps population node_ids\n5.0 S 0\n10.0 S 1\n25.0 S 2\n32.0 S 0\n",
    "tau.csv": "".join(f"{10.0 + i}\n" for i in range(10)),
    "table.csv": "u,v\n" + "".join(f"{i},{-65.0 + 0.3 * i}\n" for i in range(10)),
    "places.csv": "x,y\n" + "".join(f"{0.1 * i},0.0\n" for i in range(10)),
    "reward.csv": "time,value\n0.0,1.0\n22.0,-1.0\n",
    "edges.csv": "source,target\n0,1\n2,3\n4,5\n1,0\n",
    "parts.csv": "".join(f"{i % 2}\n" for i in range(13)),
}


def write_numbers(path, first):
    with h5py.File(path, "w") as file:
        file["cells/I_e"] = first + numpy.arange(10.0)


def make(directory):
    """The network with all its files; returns the config."""
    os.makedirs(os.path.join(directory, "parts"))
    for name, text in TEXTS.items():
        volley.write(directory, name, text)
    write_numbers(os.path.join(directory, "numbers.h5"), 400.0)
    volley.run(volley.write(directory, "before.yaml", BEFORE % 500.0), os.path.join(directory, "before"))
    return os.path.join(directory, "net.yaml")


def begin(directory):
    """A run that has got to its half, and one that nothing has interrupted."""
    config = make(directory)
    whole, part = os.path.join(directory, "whole"), os.path.join(directory, "part")
    volley.run(config, whole)
    volley.run(config, part, sets=["simulation.duration=20.0"])
    return config, whole, part


def contents(directory):
    return {name: os.stat(os.path.join(directory, name)).st_mtime_ns for name in os.listdir(directory)}


def check_refused(config, part, name, key, ranks=None, arguments=(), environment=None):
    there = contents(part)
    done = volley.start(["run", config, "-q", "--resume", part, *arguments], ranks, environment)
    said = [line for line in done.stderr.splitlines() if line.startswith("volley: ")]
    assert done.returncode == 2 and len(said) == 1 and name in said[0] and key in said[0], (name, done)
    assert contents(part) == there, name


def test_list(directory):
    """run.json names every file with size and hash, the same on any number of ranks."""
    config = make(directory)
    volley.run(config, os.path.join(directory, "one"))
    volley.run(config, os.path.join(directory, "three"), ranks=3)
    lists = [result(os.path.join(directory, name))["inputs"] for name in ("one", "three")]
    assert lists[0] == lists[1], lists
    found = {entry["path"]: entry for entry in lists[0]}
    for name in [*TEXTS, "numbers.h5", "before/weights.h5"]:
        path = os.path.join(directory, name)
        with open(path, "rb") as file:
            data = file.read()
        assert found[path]["size"] == len(data) and found[path]["hash"] == xxh64(data), (name, found[path])
    assert len(found) == len(TEXTS) + 2, found
    with h5py.File(os.path.join(directory, "one", "checkpoint-400.h5")) as file:
        assert json.loads(file.attrs["inputs"]) == lists[0]


def test_changed(directory):
    """Other values in any file are refused by its name before anything is touched; the files as they were go on."""
    config, whole, part = begin(directory)
    changes = {"spikes.csv": ("25.0", "26.0", "populations.S.params.spike_times"),
               "tau.csv": ("12.0", "12.5", "populations.A.params.tau_m"),
               "table.csv": ("3,-64", "3,-63", "populations.A.init.V_m"),
               "places.csv": ("0.5,0.0", "0.5,0.1", "populations.A.positions"),
               "reward.csv": ("-1.0", "-2.0", "stimuli.r.params.schedule"),
               "edges.csv": ("4,5", "4,6", "projections.aa.connect")}
    for number, (name, (old, new, key)) in enumerate(changes.items()):
        assert old in TEXTS[name]
        volley.write(directory, name, TEXTS[name].replace(old, new))
        check_refused(config, part, name, key, ranks=2 if number == 0 else None)
        volley.write(directory, name, TEXTS[name])
    write_numbers(os.path.join(directory, "numbers.h5"), 401.0)
    check_refused(config, part, "numbers.h5", "populations.A.params.I_e")
    write_numbers(os.path.join(directory, "numbers.h5"), 400.0)
    before = os.path.join(directory, "before")
    volley.run(volley.write(directory, "before.yaml", BEFORE % 700.0), before)
    check_refused(config, part, "before/weights.h5", "projections.old.weight")
    volley.run(volley.write(directory, "before.yaml", BEFORE % 500.0), before)
    os.rename(os.path.join(directory, "tau.csv"), os.path.join(directory, "gone.csv"))
    check_refused(config, part, "tau.csv", "cannot be opened")
    os.rename(os.path.join(directory, "gone.csv"), os.path.join(directory, "tau.csv"))
    piece(config, part, (2, 1, []), [])
    check_equal(whole, part, 1)


def test_same_values(directory):
    """What does not alter results may change: names and forms of files, comments, the partition."""
    config, whole, part = begin(directory)
    text = NETWORK
    for old, new in (("tau.csv", "other/taus.csv"), ("edges.csv", "other/list.csv"), ("reward.csv", "other/r.csv"),
                     ("file: spikes.csv", "file: other/s.csv"), ("dataset: cells/I_e", "dataset: I"),
                     ("column: v}", "column: w}"), ("file: before,", "file: other,")):
        assert old in text
        text = text.replace(old, new)
    volley.write(directory, "net.yaml", "# a comment\n" + text)
    volley.write(directory, "parts/common.yaml", "# another\nsimulation: {threads: 2}\n")
    os.rename(os.path.join(directory, "before"), os.path.join(directory, "other"))
    for old, new in (("tau.csv", "other/taus.csv"), ("edges.csv", "other/list.csv"), ("reward.csv", "other/r.csv"),
                     ("spikes.csv", "other/s.csv")):
        os.rename(os.path.join(directory, old), os.path.join(directory, new))
    volley.write(directory, "other/taus.csv", TEXTS["tau.csv"].replace("10.0\n", "1e1\n\n"))
    volley.write(directory, "table.csv", TEXTS["table.csv"].replace("u,v", "u,w"))
    volley.write(directory, "parts.csv", "".join(f"{i % 3}\n" for i in range(13)))
    with h5py.File(os.path.join(directory, "numbers.h5"), "w") as file:
        file["I"] = 400.0 + numpy.arange(10.0)
    piece(config, part, (3, 1, []), [])
    check_equal(whole, part, 1)


def test_branch(directory):
    """Files of what --branch names may change."""
    config, _, part = begin(directory)
    volley.write(directory, "reward.csv", TEXTS["reward.csv"].replace("-1.0", "-2.0"))
    elsewhere = ["-o", os.path.join(directory, "branch")]
    check_refused(config, part, "reward.csv", "stimuli.r.params.schedule", arguments=elsewhere)
    done = volley.start(["run", config, "-q", "--resume", part, *elsewhere, "--branch", "stimuli.r"])
    assert done.returncode == 0, done


def test_ranks(directory):
    """Ranks whose machines hold different files at the same path do not start."""
    command = [*volley.LAUNCHER]
    for place in ("first", "second"):
        make(os.path.join(directory, place))
        command += [*([":"] if place == "second" else []), "-n", "1", "-wdir", os.path.join(directory, place),
                    volley.PROGRAM, "run", "net.yaml", "-o", os.path.join(directory, "out")]
    volley.write(os.path.join(directory, "second"), "tau.csv", TEXTS["tau.csv"].replace("12.0", "12.5"))
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 * volley.PATIENCE)
    said = [line for line in done.stderr.splitlines() if line.startswith("volley: ")]
    assert done.returncode == 2 and len(said) == 1 and "tau.csv" in said[0], done
    assert not os.path.exists(os.path.join(directory, "out"))


if __name__ == "__main__":
    volley.main([test_list, test_changed, test_same_values, test_branch, test_ranks])
