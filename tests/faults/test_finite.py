# SPDX-License-Identifier: BSD-3-Clause
"""A state that becomes NaN or infinite ends the run with one message, the same on every layout, and without a checkpoint;
weights that their precision cannot hold are refused."""
import os
import re
import sys

import h5py
import numpy
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 400.0, seed: 3}
populations:
  S: {model: spike_source, size: 3, params: {spike_times: [[150.0], [150.0], [150.0]]}}
  A: {model: iaf_psc_exp, size: 40, params: {I_e: 500.0}}
  B: {model: MODEL, size: 20}
projections:
  AA: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 5}, weight: 10.0, delay: 1.5,
       plasticity: {rule: stdp, params: {w_max: 100.0}}}
  SB: {source: S, target: {population: B, neurons: {ids: [7, 13]}}, connect: {rule: all_to_all}, weight: WEIGHT,
       weight_precision: float64, delay: 1.5}
record: {state: [{population: B, variables: [V_m], interval: 1.0}]}
checkpoint: {interval: 70.0, keep: 9}
"""


def run(config, out, ranks, *more, environment=None):
    return volley.start(["run", config, "-o", out, "-q", "--overwrite", *more], ranks, environment)


def test_states(directory):
    for model, weight in (("iaf_psc_exp", "1.0e308"), ("iaf_psc_delta", "-1.0e308"), ("iaf_cond_exp", "1.0e308"),
                          ("iaf_psc_alpha", "1.0e308")):
        config = volley.write(directory, f"{model}.yaml", CONFIG.replace("MODEL", model).replace("WEIGHT", weight))
        out, seen = os.path.join(directory, model), set()
        layouts = [(None, ("--threads", 1), {"VOLLEY_SIMD": "plain"}), (3, ("--threads", 2), {})]
        if model == "iaf_psc_exp":
            layouts += [(None, ("--threads", 3), {"VOLLEY_SIMD": "avx2"}),
                        (2, ("--set", "exchange.interval=min_delay", "--set", "partition.method=round_robin"), {})]
        for ranks, more, environment in layouts:
            done = run(config, out, ranks, *more, environment=environment)
            lines = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
            assert done.returncode == 1 and len(lines) == 1, (model, ranks, done.stderr)
            assert re.search("of neuron 7 of B is no longer a finite number: .* between steps 1400 and 2000 ", lines[0]), lines
            seen.add(lines[0])
            names = os.listdir(out)
            assert "run.json" not in names and "checkpoint-1400.h5" in names and "checkpoint-2100.h5" not in names, names
            done = volley.start(["info", out])  # the spikes up to then are kept
            assert done.returncode == 0 and "A " in done.stdout, done
            with h5py.File(os.path.join(out, "state_B_V_m.h5"), "r") as file:  # and the states up to then
                frames = file["report/B/data"][:] if "report" in file else None
            assert frames is not None and len(frames) == 201, (model, ranks, frames)
            if model == "iaf_psc_delta":  # the others fire and are reset
                bad = ~numpy.isfinite(frames)
                first = int(bad.any(axis=1).argmax())
                assert first == 152 and set(numpy.flatnonzero(bad[first])) == {7, 13}, (first, bad[first])
        assert len(seen) == 1, seen


def test_finite(directory):
    """Large, but finite."""
    text = CONFIG.replace("MODEL", "iaf_psc_exp").replace("WEIGHT", "1.0e200").replace("[V_m]", "[V_m, I_syn_ex]")
    for precision, words in (("float32", "state_B_I_syn_ex.h5 holds values beyond float32 as infinity"), ("float64", None)):
        given = text.replace("interval: 1.0}", "interval: 1.0, precision: %s}" % precision)
        for ranks in (None, 2):
            done = run(volley.write(directory, "a.yaml", given), os.path.join(directory, "out"), ranks)
            assert done.returncode == 0 and (words in done.stderr if words else "volley" not in done.stderr), done.stderr


def test_weights(directory):
    base = CONFIG.replace("MODEL", "iaf_psc_exp").replace("weight_precision: float64", "weight_precision: PRECISION")
    cases = (("1.0e39", "float32", "SB.weight: beyond what float32 holds: value 1e+39"),
             ("-3.5e38", "float32", "beyond what float32 holds"), ("1.0e39", "float64", ""), ("3.4e38", "float32", ""),
             ("{values: [1.0, 2.0, 1.0e39, 1.0, 1.0, 1.0]}", "float32", "beyond what float32 holds: value 1e+39"),
             ("{lognormal: {mean: 100.0, std: 1.0}}", "float32", "beyond what float32 holds"),
             ("{lognormal: {mean: 1000.0, std: 1.0}}", "float64", "beyond what float64 holds"),
             ("{normal: {mean: 1.0e39, std: 1.0, min: 0.0}}", "float32", "beyond what float32 holds"),
             ("{uniform: {low: 1.0, high: 1.0e39}}", "float32", "beyond what float32 holds"),
             (".inf", "float64", "finite number"), (".nan", "float64", "finite number"), ("1e999", "float64", "number"))
    for weight, precision, words in cases:
        text = base.replace("WEIGHT", weight).replace("PRECISION", precision)
        done = volley.start(["check", volley.write(directory, "a.yaml", text)])
        assert done.returncode == (2 if words else 0), (weight, precision, done.stderr)
        assert words in done.stderr, (weight, precision, done.stderr)

    # What is only known when it is drawn: the tail of a distribution. One message, the same on every layout.
    text = base.replace("WEIGHT", "{lognormal: {mean: 88.0, std: 1.5}}")
    for precision in ("float32", "float64"):
        config, seen = volley.write(directory, "a.yaml", text.replace("PRECISION", precision)), set()
        assert volley.start(["check", config]).returncode == 0
        for ranks, threads in ((None, 1), (None, 3), (2, 2)):
            done = run(config, os.path.join(directory, "drawn"), ranks, "--threads", str(threads))
            assert done.returncode == (2 if precision == "float32" else 0), (ranks, done.stderr)
            seen.add("".join(line for line in done.stderr.splitlines() if line.startswith("volley:")))
        assert len(seen) == 1 and ("SB.weight: a drawn weight is beyond" in seen.pop()) == (precision == "float32"), seen
    # Scaling makes weights larger.
    config = volley.write(directory, "scaled.yaml", """
simulation: {dt: 0.1, duration: 10.0}
scale: {indegrees: 0.25}
populations: {A: {model: iaf_psc_exp, size: 40, expected_rate: 5.0}}
projections: {AA: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 8}, weight: 3.0e38, delay: 1.0}}
""")
    done = volley.start(["check", config])
    assert done.returncode == 2 and "AA.weight: beyond what float32 holds: value 6e+38" in done.stderr, done.stderr


def test_drawn_values(directory):
    """Of parameters and initial states."""
    text = "simulation: {dt: 0.1, duration: 10.0}\npopulations: {A: {model: iaf_psc_exp, size: 99, %s: {%s: %s}}}\n"
    wide = "{lognormal: {mean: 708.0, std: 1.5}}"
    for group, name in (("params", "I_e"), ("init", "V_m")):
        done = run(volley.write(directory, "a.yaml", text % (group, name, wide)), os.path.join(directory, "out"), 2)
        assert done.returncode == 2 and f"a drawn {name} is beyond what numbers can hold" in done.stderr, done.stderr


if __name__ == "__main__":
    sys.exit(volley.main([test_states, test_finite, test_weights, test_drawn_values]))
