# SPDX-License-Identifier: BSD-3-Clause
"""What is said of a run in parts, or recorded in part, is of one span: progress, tables and run.json."""
import os
import re
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 500.0, seed: 2}
populations:
  E: {model: iaf_psc_exp, size: 10000, params: {I_e: {uniform: {low: 300, high: 600}}}}
record: {start: 200.0}
checkpoint: {interval: 250.0}
"""


def rows(text):
    """Spikes and rate of E in a table, and the span that its head names."""
    span = re.search(r"rate \(Hz\) .*from ([\d.]+) to ([\d.]+) ms", text)
    row = re.search(r"^E +10000 +(\d+) +([\d.]+)", text, re.MULTILINE)
    return int(row[1]), float(row[2]), span and (float(span[1]), float(span[2]))


def check(text, spikes, start, stop):
    found, rate, span = rows(text)
    assert (found, span) == (len(spikes), (start, stop)), (found, span, len(spikes), text)
    assert abs(rate - len(spikes) / 10000 / (stop - start) * 1000) < 1e-3, text


def run(config, out, *more):
    """A run with its table and progress line, and run.json."""
    done = volley.start(["run", config, "-o", out, "--threads", 1, "--progress", "on", *more])
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr, volley.read_run(out)


def test_spans(directory):
    config, out, other = (os.path.join(directory, name) for name in ("net.yaml", "out", "other"))
    volley.write(directory, "net.yaml", CONFIG)
    text, progress, found = run(config, out)
    recorded = volley.spikes(out, "E")
    assert found["recorded_ms"] == [200.0, 500.0] and found["part_ms"] == [0.0, 500.0]
    assert found["populations"]["E"]["spikes_recorded"] == len(recorded) < found["populations"]["E"]["spikes"]
    check(text, recorded, 200.0, 500.0)
    check(volley.start(["info", out]).stdout, recorded, 200.0, 500.0)

    # In place: the recorded span is that of the whole, times are of the part, and so is the factor of the progress line.
    more = ("--set", "simulation.duration=600")
    text, progress, found = run(config, out, "--resume", *more)
    recorded = volley.spikes(out, "E")
    assert found["recorded_ms"] == [200.0, 600.0] and found["part_ms"] == [500.0, 600.0]
    check(text, recorded, 200.0, 600.0)
    check(volley.start(["info", out]).stdout, recorded, 200.0, 600.0)
    assert "of 500 to 600 ms" in text
    factor = float(re.findall(r"real-time factor ([\d.e+-]+)", progress)[-1])
    expected = found["time_s"]["simulate"] / 0.1
    assert factor > 0.5 * expected, (factor, expected, progress)  # a sixth, if divided by all of the model time
    assert "600.0 of 600.0 ms" in progress and progress.rstrip().endswith("0:00 left"), progress

    # Elsewhere: recordings begin at the checkpoint.
    text, progress, found = run(config, other, "--resume", os.path.join(out, "checkpoint-2500.h5"), *more)
    recorded = volley.spikes(other, "E")
    assert found["recorded_ms"] == found["part_ms"] == [250.0, 600.0]
    check(text, recorded, 250.0, 600.0)
    check(volley.start(["info", other]).stdout, recorded, 250.0, 600.0)


if __name__ == "__main__":
    volley.main([test_spans])
