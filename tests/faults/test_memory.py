# SPDX-License-Identifier: BSD-3-Clause
"""One allocation of volley, libfyaml or jansson that is refused, whichever it is: one message and exit code 3, or all the
same what comes without; never half of it, a signal, or a process that stays.

The commands without MPI are walked in one process that forks at allocations; VOLLEY_ALLOCATIONS_STRIDE (a few of them; 1:
all) is the distance between two. A run is started anew for each."""
import collections
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import volley  # noqa: E402

LIBRARY = os.environ.get("VOLLEY_ALLOCATIONS_LIBRARY")
STRIDE = int(os.environ.get("VOLLEY_ALLOCATIONS_STRIDE", "0"))
CONFIG = """
include: [neurons.yaml]
simulation: {dt: 0.1, duration: 30.0, seed: 1}
populations:
  E: {model: iaf_psc_exp, size: 30, params: *cell, init: {V_m: {uniform: {low: -70, high: -55}}}, positions: {grid: {shape: [6, 5], extent: [1.0, 1.0]}}}
  I: {model: iaf_psc_exp, size: 10, params: {<<: *cell, t_ref: 1.0, C_m: {file: values.csv, column: C_m}}}
  S: {model: spike_source, size: 2, params: {spike_times: [[1.0, 5.0], [2.0]]}}
stimuli:
  noise: {model: poisson, target: [E, I], params: {rate: 5000.0, weight: 40.0, delay: 1.5}}
  steps: {model: step_current, target: E, params: {amplitude_times: [5.0, 10.0], amplitude_values: [100.0, 0.0]}}
  prize: {model: reward, params: {schedule: {times: [5.0], values: [1.0]}}}
projections:
  ee: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 5}, weight: 0.5, delay: 1.0, plasticity: {rule: mstdp, reward: prize}}
  ei: {source: E, target: I, connect: {rule: list, file: edges.csv}, delay: 1.0}
  se: {source: S, target: {population: E, neurons: {first: 2}}, connect: {rule: one_to_one}, weight: 900.0, delay: 1.0}
record:
  weights: [{projection: ee, interval: 10.0}]
  state: [{population: E, variables: [V_m], interval: 1.0, neurons: {ids: [1, 3]}}]
  rates: {interval: 5.0}
checkpoint: {interval: 10.0}
limits: {max_rate: 900.0}
"""


def prepare(directory):
    volley.write(directory, "neurons.yaml", "limits: {max_wait: 600}\n")
    volley.write(directory, "values.csv", "C_m\n" + "250.0\n" * 10)
    volley.write(directory, "edges.csv", "source,target,weight\n" + "".join(f"{i},{i % 10},{10 + i}\n" for i in range(30)))
    text = CONFIG.replace("params: *cell", "params: &cell {tau_m: 10.0, I_e: 300.0}", 1)
    config = volley.write(directory, "config.yaml", text)
    out = os.path.join(directory, "out")
    volley.run(config, out)
    volley.run(config, out + "2", sets=["simulation.seed=2"])
    return config, out


def sum_of(text):
    total = 14695981039346656037
    for byte in text:
        total = (total ^ byte) * 1099511628211 % 2**64
    return f"{total:x}"


def masked(text):
    """What a command prints, without figures of memory that it measures of its own process."""
    return re.sub(r"\d+(\.\d+)?(?= ?[kMGT]B)|(?<=--mem=)\S+", "#", text)


def says_the_same(command, number, mode, log):
    """Whether a command that goes on without one allocation prints what it prints with it."""
    said = []
    for what in ("count:0:0", f"{'all' if mode == 'forkall' else 'fail'}:0:{number}"):
        done = subprocess.run([volley.PROGRAM, *[str(a) for a in command]], capture_output=True, check=False, text=True,
                              env={**os.environ, "LD_PRELOAD": LIBRARY, "VOLLEY_ALLOCATIONS": what, "VOLLEY_ALLOCATIONS_LOG": log})
        said.append((done.returncode, masked(done.stdout), done.stderr))
    os.unlink(log)
    return said[0] == said[1]


def walk(directory, command, stride, mode="fork"):
    """Fails every stride-th allocation of a command in a fork of it; returns what was not as it should, and how many."""
    log, printed = os.path.join(directory, "log"), os.path.join(directory, "printed")
    with open(printed, "w+b") as stdout:
        done = subprocess.run([volley.PROGRAM, *[str(a) for a in command]], stdout=stdout, stderr=subprocess.PIPE, check=False,
                              env={**os.environ, "LD_PRELOAD": LIBRARY, "VOLLEY_ALLOCATIONS": f"{mode}:0:{stride}",
                                   "VOLLEY_ALLOCATIONS_LOG": log})
        stdout.seek(0)
        expected = sum_of(stdout.read())
    assert done.returncode in (0, 1), done.stderr
    with open(log, encoding="utf-8") as file:
        lines = [line.rstrip("\n").split(" ", 4) for line in file]
    os.unlink(log)
    children, wrong = [words for words in lines if words[0] == "child"], []
    for _, number, code, total, text in children:
        told = text.startswith("volley: ") and len(text) > len("volley: |") and text.count("volley:") == 1
        same = int(code) == done.returncode and total == expected and text.encode() == done.stderr.replace(b"\n", b"|")
        if not (code == "3" and told or same or int(code) == done.returncode and says_the_same(command, number, mode, log)):
            wrong.append(f"{command[0]} {number}: {code} {text[:600]}")
    return wrong, len(children)


def test_commands(directory):
    """The commands that need no MPI."""
    if not LIBRARY:
        print("skipped: no library that can be loaded before others")
        return
    config, out = prepare(directory)
    found, walked = [], collections.Counter()
    for command, stride in ((["check", config, "--set", "simulation.seed=3", "--set", "projections.ei.delay=2.0"], 19),
                            (["plan", config, "--ranks", 2], 29), (["job", config, "--nodes", 1], 31),
                            (["info", out], 19), (["diff", out, out + "2"], 43), (["export", out], 37),
                            (["export", out, "--weights", "ee"], 3), (["describe", "config"], 1), (["--version"], 1)):
        for mode, n in (("fork", STRIDE or stride), ("forkall", 7 * STRIDE or 3 * stride)):
            wrong, n = walk(directory, command, n, mode)
            found += wrong
            walked[command[0], mode] += n
    print(dict(walked))
    assert not found, f"{len(found)} of {sum(walked.values())}\n" + "\n".join(found)


def refused(config, out, whole, ranks, what):
    """A run with VOLLEY_ALLOCATIONS=what; returns what was not as it should."""
    log = out + ".log"
    done = volley.start(["run", config, "-o", out, "-q", "--threads", 1, "--overwrite"], ranks,
                        {"LD_PRELOAD": LIBRARY, "VOLLEY_ALLOCATIONS": what, "VOLLEY_ALLOCATIONS_LOG": log})
    messages = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
    if done.returncode == 0 and not messages:
        found = []
        for path in (whole, out):
            with open(os.path.join(path, "run.json"), encoding="utf-8") as file:
                found.append(json.load(file))
        same = found[0].keys() == found[1].keys() and all(found[0][key] == found[1][key] for key in volley.HASHES)
        if same and volley.start(["diff", whole, out]).returncode == 0:
            return []
    elif done.returncode == 3 and len(messages) == 1:
        return []
    return [f"{what} on {ranks} ranks: {done.returncode} {done.stderr[:600]}"]


def test_run(directory):
    """A run: refused on the only rank, or on one of two."""
    if not LIBRARY:
        return
    config, whole = prepare(directory)
    found, tried = [], 0
    for ranks, rank, parts in ((None, 0, 16), (2, 1, 8)):
        out = os.path.join(directory, f"run{rank}")
        assert not refused(config, out, whole, ranks, f"count:{rank}:0")
        with open(out + ".log", encoding="utf-8") as file:
            n = int(file.read().split()[2])
        for number in range(n - 1, n // 3, -(STRIDE or (n - n // 3) // parts)):  # what is before reads the config
            found += refused(config, out, whole, ranks, f"{('fail', 'all')[tried % 2]}:{rank}:{number}")
            tried += 1
    assert not found, f"{len(found)} of {tried}\n" + "\n".join(found)


if __name__ == "__main__":
    volley.main([test_commands, test_run])
