# SPDX-License-Identifier: BSD-3-Clause
"""Neurons that fire more than once in an update: aeif_psc_exp and aeif_cond_exp without refractory time, at steps that
are long beside their intervals. Every spike is sent, recorded and counted, and learns."""
import math
import os
import h5py
import numpy
from support import volley

CURRENTS = [1500.0, 4000.0, 10000.0, 20000.0]
JUMPS = [0.0, 80.5]
CONFIG = """
simulation: {{dt: {dt}, duration: 100.0}}
populations:
  cell: {{model: {model}, size: 8, params: {{I_e: {{values: {currents}}}, b: {{values: {jumps}}}}}}}
"""


def reference(current, jump, duration, refinement=1.0):
    """Spikes of one neuron at NEST's defaults, for each a number k: it falls between 0.1 (k - 1) and 0.1 k ms. Each of
    these parts is solved by Runge-Kutta steps of fourth order, none longer than the part and 0.3 times the time in which
    the upstroke grows by a factor e, both divided by `refinement`."""
    capacity, leak, rest, foot, sharp, a, tau_w = 281.0, 30.0, -70.6, -50.4, 2.0, 4.0, 144.0

    def slopes(v, w):
        v = min(v, 0.0)
        grow = leak * sharp * math.exp((v - foot) / sharp)
        return (current - leak * (v - rest) + grow - w) / capacity, (a * (v - rest) - w) / tau_w

    v, w, fired = rest, 0.0, []
    for part in range(1, round(duration / 0.1) + 1):
        left = 0.1
        while left > 0.0:
            upstroke = 0.3 * capacity / (leak * math.exp((min(v, 0.0) - foot) / sharp))
            h = min(max(min(0.1, upstroke) / refinement, 1e-5), left)
            left = left - h if h < left else 0.0
            v1, w1 = slopes(v, w)
            v2, w2 = slopes(v + h / 2 * v1, w + h / 2 * w1)
            v3, w3 = slopes(v + h / 2 * v2, w + h / 2 * w2)
            v4, w4 = slopes(v + h * v3, w + h * w3)
            v, w = v + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4), w + h / 6 * (w1 + 2 * w2 + 2 * w3 + w4)
            if v >= 0.0:
                v, w = -60.0, w + jump
                fired.append(part)
    return fired


def test_counts(directory):
    """As many spikes in each step as the reference has; of which a fifth of its steps changes no count by more than one
    in a hundred. No input arrives, so that currents and conductances give the same."""
    cases = [(current, jump) for current in CURRENTS for jump in JUMPS]
    expected = [numpy.array(reference(current, jump, 100.0)) for current, jump in cases]
    for case, fired in zip(cases, expected):
        assert abs(len(reference(*case, 100.0, 5.0)) - len(fired)) <= 0.01 * len(fired), case
    assert len(expected[cases.index((10000.0, 0.0))]) == 168 and len(expected[cases.index((10000.0, 80.5))]) == 105
    for dt in (0.1, 0.5, 1.0, 2.0):
        for model in ("aeif_psc_exp", "aeif_cond_exp"):
            config = volley.write(directory, "counts.yaml", CONFIG.format(
                dt=dt, model=model, currents=[case[0] for case in cases], jumps=[case[1] for case in cases]))
            run = volley.run(config, os.path.join(directory, "counts"))
            found = volley.spikes(os.path.join(directory, "counts"), "cell", dt)
            assert run["populations"]["cell"]["spikes"] == len(found)
            for i, fired in enumerate(expected):
                steps = -(-fired // round(dt / 0.1))
                assert [step for step, j in found if j == i] == list(steps), (model, dt, cases[i])
    assert max(numpy.bincount(steps)) > 4


BEHIND = """
simulation: {dt: 1.0, duration: 100.0}
populations:
  burst: {model: aeif_psc_exp, size: 3, params: {I_e: {values: [4000.0, 10000.0, 20000.0]}}}
  relay: {model: parrot_neuron, size: 3}
  cell: {model: iaf_psc_delta, size: 3, params: {tau_m: 1.0e+12, C_m: 1.0e+12, V_th: 1.0e+6}}
projections:
  on: {source: burst, target: relay, connect: {rule: one_to_one}, weight: 1.0, delay: 2.0}
  jump: {source: burst, target: cell, connect: {rule: one_to_one}, weight: 0.25, delay: 1.0}
record:
  rates: {interval: 10.0}
  state: [{population: cell, variables: [V_m], precision: float64}]
"""


def test_sent(directory):
    """A parrot repeats each of them, an integrating neuron counts each, rates and limits.max_rate do."""
    config, out = volley.write(directory, "behind.yaml", BEHIND), os.path.join(directory, "behind")
    run = volley.run(config, out, ranks=2)
    burst, relay = (volley.spikes(out, name, 1.0) for name in ("burst", "relay"))
    assert len(set(burst)) < len(burst) and burst == sorted(burst)
    assert relay == [(step + 2, i) for step, i in burst if step + 2 <= 100]
    with h5py.File(os.path.join(out, "state_cell_V_m.h5")) as file:
        last = file["report/cell/data"][-1]
    for i in range(3):
        assert abs(last[i] + 70.0 - 0.25 * sum(1 for step, j in burst if j == i and step < 100)) < 1e-6, (i, last)
    with h5py.File(os.path.join(out, "rates.h5")) as file:
        assert abs(file["rates/burst/rate"][:].sum() * 0.01 * 3 - len(burst)) < 1e-6
    assert run["populations"]["burst"]["spikes"] == len(burst)
    # The fastest of 100 ms: once in an update could not be more than 1000 Hz.
    rate = len(burst) / 3 / 0.1
    assert rate > 1000.0
    for limit, code in ((0.99 * rate, 1), (1.01 * rate, 0)):
        done = volley.start(["run", config, "-o", out, "--overwrite", "-q", "--set", "simulation.duration=200",
                             "--set", f"limits.max_rate={limit}"])
        assert done.returncode == code, done.stderr


NETWORK = """
simulation: {dt: 1.0, duration: 120.0, seed: 3}
populations:
  A: {model: aeif_cond_exp, size: 30, params: {I_e: {uniform: {low: 500.0, high: 12000.0}}, tau_syn_ex: 2.0}}
  B: {model: iaf_psc_exp, size: 20}
projections:
  AA: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 5}, delay: {uniform: {low: 1.0, high: 6.0}},
       weight: {uniform: {low: 0.5, high: 20.0}}, plasticity: {rule: stdp, params: {w_max: 40.0}}}
  BA: {source: B, target: A, connect: {rule: fixed_indegree, indegree: 3}, delay: 3.0, weight: 15.0, receptor: inhibitory}
  AB: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 4}, delay: {uniform: {low: 1.0, high: 4.0}},
       weight: {uniform: {low: 20.0, high: 90.0}}, weight_precision: float64, dendritic_delay: all,
       plasticity: {rule: stdp_triplet, params: {w_max: 200.0}}}
  window: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 2}, delay: 2.0, weight: 2.0,
           plasticity: {rule: stdp_window, params: {w_min: 0.1, w_max: 9.0}}}
record: {weights: [{projection: AA}]}
"""


def test_layouts(directory):
    """Neither ranks, threads, exchange, vector unit nor a restart between bursts changes a bit."""
    config = volley.write(directory, "network.yaml", NETWORK)
    layouts = [(1, 3, ["exchange.interval=min_delay"]), (2, 1, ["exchange.method=neighbour"]),
               (3, 2, ["exchange.method=neighbour", "partition.method=round_robin", "exchange.interval=min_delay"])]
    whole = volley.run_layouts(config, directory, layouts)
    found = volley.spikes(os.path.join(directory, "reference"), "A", 1.0)
    assert len(found) > 1.2 * len(set(found)) and whole["events"]["plastic"] > 1000
    out = os.path.join(directory, "parts")
    volley.run(config, out, ranks=2, sets=["simulation.duration=61", "checkpoint.interval=61"])
    done = volley.start(["run", config, "--resume", out, "-q", "--threads", "1"], ranks=3)
    assert done.returncode == 0, done.stderr
    done = volley.start(["diff", os.path.join(directory, "reference"), out])
    assert done.returncode == 0, done.stdout


PAIR = """
simulation: {dt: 2.0, duration: 100.0}
populations:
  A: {model: aeif_psc_exp, size: 2, params: {I_e: {values: [14000.0, 6000.0]}}}
projections:
  p: {source: {population: A, neurons: {first: 1}}, target: {population: A, neurons: {ids: [1]}},
      connect: {rule: all_to_all}, weight: 50.0, delay: 4.0, dendritic_delay: all, weight_precision: float64,
      plasticity: {rule: stdp, preset: nest, params: {lambda: 0.02, alpha: 1.1, w_max: 100.0}}}
record: {weights: [{projection: p, interval: 100.0}]}
"""


def test_learning(directory):
    """Spikes of one step change the weight one after another, as in NEST: the rule walks from step to step."""
    config, out = volley.write(directory, "pair.yaml", PAIR), os.path.join(directory, "pair")
    volley.run(config, out)
    trains = [[step for step, i in volley.spikes(out, "A", 2.0) if i == k] for k in (0, 1)]
    assert all(len(set(train)) < len(train) for train in trains)
    with h5py.File(os.path.join(out, "weights.h5")) as file:
        found = file["weights/p/weight"][-1, 0]
    w, plus, minus, left = 0.5, 0.0, 0.0, math.exp(-2.0 / 20.0)
    for now in range(51): # the time at the synapse: all of the delay lies behind it
        plus, minus = plus * left, minus * left
        for _ in range(trains[1].count(now - 2)):
            w = min(w + 0.02 * (1.0 - w) * plus, 1.0)
        for _ in range(trains[0].count(now)):
            w = max(w - 0.02 * 1.1 * w * minus, 0.0)
        plus, minus = plus + trains[0].count(now), minus + trains[1].count(now - 2)
    assert abs(found / 100.0 - w) < 1e-12 and abs(w - 0.5) > 0.01, (found, w)


if __name__ == "__main__":
    volley.main([test_counts, test_sent, test_layouts, test_learning])
