# SPDX-License-Identifier: BSD-3-Clause
"""Spikes on the edges of spans: start < t <= stop in all files, tables and rates, for steps that are not tenths of a ms and
with rounded times, on one rank and on several, and after going on from a checkpoint."""
import csv
import json
import os
from fractions import Fraction
import h5py
import numpy as np
from support import volley

CONFIG = """
simulation: {{dt: {dt}, duration: {stop}}}
populations:
  S: {{model: spike_source, size: 3, params: {{spike_times: {times}}}}}
  P: {{model: parrot_neuron, size: 3}}
projections:
  SP: {{source: S, target: P, connect: {{rule: one_to_one}}, weight: 1.0, delay: {dt}}}
record: {{start: {start}, rates: {{interval: {bin}}}}}
"""
STEPS = ([0, 9, 10, 11, 30, 39, 40], [10, 20, 40], [0, 1, 5, 10, 39])
END, DELAY = 40, 1


def ms(step, dt):
    """The double nearest to the decimal product."""
    return float(Fraction(step) * Fraction(dt))


def within(train, start):
    return [s for s in train if start < s <= END or s == start == 0]


def check(directory, config, dt, start, ranks, trains):
    run = volley.run(config, directory, ranks=ranks)
    for name, steps in trains.items():
        expected = sorted((s, i) for i, train in enumerate(steps) for s in within(train, start))
        with h5py.File(os.path.join(directory, "spikes.h5")) as file:
            assert file.attrs["recorded_from_ms"] == ms(start, dt) and file.attrs["recorded_until_ms"] == ms(END, dt)
            times, ids = file[f"spikes/{name}/timestamps"][:], file[f"spikes/{name}/node_ids"][:]
        assert list(zip(times, ids)) == [(ms(s, dt), i) for s, i in expected], (dt, start, name, times)
        seconds = float(Fraction(END - start) * Fraction(dt)) / 1000
        assert abs(run["populations"][name]["rate_hz"] - len(expected) / 3 / seconds) < 1e-9 * len(expected) / seconds
        assert run["populations"][name]["spikes"] == sum(len(train) for train in steps)
        with h5py.File(os.path.join(directory, "rates.h5")) as file:
            rate, begin = file[f"rates/{name}/rate"][:], file[f"rates/{name}/time"][:]
        bins = np.arange(start, END, 5)[:len(rate)]
        assert list(begin) == [ms(b, dt) for b in bins] and len(bins) == (END - start) // 5
        counts = [sum(b < s <= b + 5 or s == b == 0 for s, _ in expected) for b in bins]
        assert np.allclose(rate * 3 * float(Fraction(5) * Fraction(dt)) / 1000, counts), (rate, counts)
        if start == 0:
            assert sum(counts) == len(expected)
    table = os.path.join(directory, "spikes.csv")
    assert volley.start(["export", directory, "-o", table]).returncode == 0
    with open(table, encoding="utf-8") as file:
        rows = {(row["population"], int(row["node_id"]), row["time_ms"]) for row in csv.DictReader(file)}
    assert rows == {(name, i, f"{ms(s, dt):.17g}" if float(f"{ms(s, dt):.15g}") != ms(s, dt) else f"{ms(s, dt):.15g}")
                    for name, steps in trains.items() for i, train in enumerate(steps) for s in within(train, start)}
    text = volley.start(["info", directory]).stdout
    for name, steps in trains.items():
        line, = [line.split() for line in text.splitlines() if line.split()[:2] == [name, "3"]]
        assert line[2] == str(sum(len(within(train, start)) for train in steps)), line


def edges(directory):
    for number, (dt, start) in enumerate((("0.3", 10), ("0.3", 0), ("0.1", 10), ("0.07", 30), ("1.1", 35), ("0.3333333333", 10))):
        config = volley.write(directory, "net.yaml", CONFIG.format(
            dt=dt, stop=Fraction(END) * Fraction(dt) if "." not in dt else ms(END, dt), start=ms(start, dt),
            times=[[ms(s, dt) for s in train] for train in STEPS], bin=ms(5, dt)))
        trains = {"S": STEPS, "P": [[s + DELAY for s in train if s + DELAY <= END] for train in STEPS]}
        check(os.path.join(directory, "out"), config, dt, start, 3 if number == 1 else None, trains)


def resumed(directory):
    """In another directory recordings begin after the checkpoint's step."""
    dt = "0.3"
    config = volley.write(directory, "net.yaml", CONFIG.format(dt=dt, stop=ms(END, dt), start=0.0, bin=ms(5, dt),
                                                               times=[[ms(s, dt) for s in train] for train in STEPS]))
    first = os.path.join(directory, "first")
    volley.run(config, first, sets=[f"checkpoint.interval={ms(10, dt)}", "checkpoint.keep=4"])
    done = volley.start(["run", config, "-q", "--resume", os.path.join(first, "checkpoint-10.h5"), "-o",
                         os.path.join(directory, "second"), "--threads", 1])
    assert done.returncode == 0, done.stderr
    with h5py.File(os.path.join(directory, "second", "spikes.h5")) as file:
        times, ids = file["spikes/S/timestamps"][:], file["spikes/S/node_ids"][:]
    assert list(zip(times, ids)) == sorted((ms(s, dt), i) for i, train in enumerate(STEPS) for s in train if s > 10)
    with open(os.path.join(directory, "second", "run.json"), encoding="utf-8") as file:
        rate = json.load(file)["populations"]["S"]["rate_hz"]
    assert abs(rate - len(times) / 3 / (30 * 0.3e-3)) < 1e-6


volley.main([edges, resumed])
