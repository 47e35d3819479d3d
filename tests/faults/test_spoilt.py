# SPDX-License-Identifier: BSD-3-Clause
"""Results that somebody has spoilt: every dataset of states, weights, rates and spikes with values that are not numbers,
negative or out of range, of other types and shapes, missing, or said to be huge. info, diff, export and plot end soon, with
few lines, and either say in one message which file and dataset is wrong (exit code 2) or show what is there."""
import concurrent.futures
import os
import re
import resource
import shutil
import subprocess
import sys
import h5py
import numpy
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 60.0}
populations:
  E: {model: iaf_psc_exp, size: 12, params: {I_e: 500.0}}
projections:
  plastic: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 3}, weight: 10.0, delay: 1.5, plasticity: {rule: stdp}}
record:
  state: [{population: E, variables: [V_m], interval: 1.0}]
  rates: {interval: 10.0}
  weights: [{projection: plastic, interval: 10.0}]
"""
DATASETS = {"spikes.h5": ["spikes/E/timestamps", "spikes/E/node_ids"],
            "weights.h5": [f"weights/plastic/{name}" for name in ("source_node_id", "target_node_id", "delay", "time", "weight")],
            "rates.h5": ["rates/E/rate", "rates/E/time"],
            "state_E_V_m.h5": ["report/E/data", "report/E/mapping/node_ids", "report/E/mapping/time"]}
COMMANDS = ("info", "diff", "export", "export --weights plastic", "plot")
FILES = {"info": ("spikes.h5", "weights.h5"), "diff": tuple(DATASETS), "export": ("spikes.h5",),
         "export --weights plastic": ("weights.h5",), "plot": ("spikes.h5", "weights.h5", "state_E_V_m.h5")}
# Values that a command has no use for, it may not look at.
ENDS = ("source_node_id", "target_node_id", "delay")
UNUSED = {(command, name) for command in ("info", "plot") for name in ENDS}
DRAWN = ("nan", "-1", "2^40", "text", "huge", "longer", "missing", "scalar")  # spoils that are tried with plot, which is slow
ALL = os.environ.get("VOLLEY_SPOILS") == "all"  # else a quarter of those with plot
SECONDS = 60
BYTES = 6 << 30  # of address space
SHORT = 4000  # characters of output


def replace(file, name, **what):
    attributes = dict(file[name].attrs) if name in file else {}
    del file[name]
    new = file.create_dataset(name, **what)
    for key, value in attributes.items():
        new.attrs[key] = value


def value(number):
    """The last item becomes this number."""
    def spoil(file, name):
        data = file[name][()]
        if data.dtype.kind != "f":  # no whole number, or a negative one
            data = data.astype("<i8" if abs(number) < 2.0 ** 53 else "<f8")
        with numpy.errstate(over="ignore"):
            data.flat[-1] = number
        replace(file, name, data=data)
    return spoil


def missing(file, name):
    del file[name]


def backwards(file, name):
    data = file[name][()]
    file[name][()] = data[::-1].copy()


def other(what):
    return lambda file, name: replace(file, name, **what(file[name]))


SPOILS = {
    "nan": value(float("nan")), "inf": value(float("inf")), "-inf": value(float("-inf")), "-1": value(-1.0),
    "1e300": value(1e300), "2^40": value(2.0 ** 40), "backwards": backwards, "missing": missing,
    "text": other(lambda old: {"data": numpy.full(old.shape, b"abc", "S3")}),
    "compound": other(lambda old: {"data": numpy.zeros(old.shape, [("a", "<f8"), ("b", "<i4")])}),
    "scalar": other(lambda old: {"data": 1.0}),
    "flat": other(lambda old: {"data": old[()].reshape(-1) if old.ndim > 1 else old[()].reshape(1, -1)}),
    "longer": other(lambda old: {"data": numpy.concatenate([old[()], old[()]])}),
    "empty": other(lambda old: {"data": old[:0]}),
    "huge": other(lambda old: {"shape": (1 << 50, *old.shape[1:]), "dtype": old.dtype, "chunks": (64, *old.shape[1:])}),
    "group": lambda file, name: (missing(file, name), file.create_group(name)),
}
# Spoils after which a file can still be read as it is: an order that nothing relies on, other lengths of all alike.
TOLERATED = {"backwards", "longer", "empty", "-1", "1e300", "2^40"}


def limited(command, directory):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS * volley.PATIENCE, preexec_fn=limit,
                          check=False, cwd=directory)


def check(whole, base, file, dataset, spoil, command):
    """None, or what is wrong with what the command did."""
    number = re.sub(r"\W", "_", f"{dataset}_{spoil}_{command}")
    spoilt = os.path.join(base, number)
    shutil.copytree(whole, spoilt)
    with h5py.File(os.path.join(spoilt, file), "r+") as opened:
        SPOILS[spoil](opened, dataset)
    words = command.split()
    arguments = [volley.PROGRAM, words[0], *([whole] if command == "diff" else []), spoilt, *words[1:]]
    if words[0] in ("export", "plot"):
        arguments += ["-o", os.path.join(base, number + (".csv" if words[0] == "export" else "_out"))]
    about = f"{command} of {dataset} {spoil}: "
    try:
        done = limited(arguments, base)
    except subprocess.TimeoutExpired:
        return about + "hangs"
    shutil.rmtree(spoilt)
    text = done.stdout + done.stderr
    if done.returncode not in (0, 1, 2) or (done.returncode == 1 and command != "diff"):
        return about + f"gave {done.returncode}: {text[-600:]}"
    if "Traceback" in text or len(text) > SHORT:
        return about + f"{len(text)} characters: {text[-600:]}"
    if done.returncode == 2:
        lines = [line for line in done.stderr.splitlines() if line.startswith("volley: ") and "was changed since" not in line]
        if len(lines) != 1 or (file not in lines[0] and dataset.split("/")[-1] not in lines[0]):
            return about + f"not one message about {file}: {done.stderr}"
    elif spoil not in TOLERATED and command != "diff" and (command, dataset.split("/")[-1]) not in UNUSED:
        return about + f"was believed: {text[-300:]}"
    return None


def test_spoilt(directory):
    whole = os.path.join(directory, "whole")
    volley.run(volley.write(directory, "c.yaml", CONFIG), whole)
    cases = [(whole, directory, file, dataset, spoil, command) for file, names in DATASETS.items() for dataset in names
             for spoil in SPOILS for command in COMMANDS
             if file in FILES[command] and (command != "plot" or spoil in DRAWN)]
    if not ALL:
        drawn = [case for case in cases if case[-1] == "plot"]
        cases = [case for case in cases if case[-1] != "plot"] + drawn[::4]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        wrong = [text for text in pool.map(lambda case: check(*case), cases) if text is not None]
    assert not wrong, f"{len(wrong)} of {len(cases)}:\n" + "\n".join(wrong)


if __name__ == "__main__":
    if len(sys.argv) > 1 and not volley.TABLE:
        COMMANDS = tuple(sys.argv[1].split(","))
    volley.main([test_spoilt])
