# SPDX-License-Identifier: BSD-3-Clause
"""Neurons far from their usual range: large conductances and currents, against scipy's implicit method. Explicit steps would
overshoot there, up to false spikes."""
import os
import sys

import h5py
import numpy
from scipy.integrate import solve_ivp

from support import volley

DT, MS = 0.1, 30.0
TIMES = numpy.arange(int(round(MS / DT)) + 1) * DT


def solve(slope, start, first=0.0):
    found = solve_ivp(slope, (first, MS), start, method="Radau", rtol=1e-10, atol=1e-10, t_eval=TIMES[TIMES >= first - 1e-9])
    assert found.success, found.message
    return found.y[0]


def recorded(directory, name, text):
    out = os.path.join(directory, name)
    volley.run(volley.write(directory, f"{name}.yaml", text), out)
    with h5py.File(os.path.join(out, "state_A_V_m.h5"), "r") as file:
        frames = file["report/A/data"][:]
    return frames, volley.spikes(out, "A")


def quotient(x):
    return 1.0 + 0.5 * x if abs(x) < 1e-7 else x / -numpy.expm1(-x)


def power(x):
    return numpy.exp(min(x, 690.0))


def hodgkin_huxley(current):
    def slope(_, y):
        V, m, h, n = y
        open_n, shut_n = 0.1 * quotient((V + 55) / 10 if V > -6900 else -684.5), 0.125 * power(-(V + 65) / 80)
        open_m, shut_m = quotient((V + 40) / 10 if V > -6900 else -686.0), 4 * power(-(V + 65) / 18)
        open_h, shut_h = 0.07 * power(-(V + 65) / 20), 1 / (1 + power(-(V + 35) / 10))
        ions = 12000 * m ** 3 * h * (V - 50) + 3600 * n ** 4 * (V + 77) + 30 * (V + 54.402)
        return [(current - ions) / 100, open_m * (1 - m) - shut_m * m, open_h * (1 - h) - shut_h * h,
                open_n * (1 - n) - shut_n * n]
    return slope


def test_hodgkin_huxley(directory):
    currents = [-2000.0, -8000.0, -20000.0, -1e5, -1e6]
    frames, spikes = recorded(directory, "hh", f"""
simulation: {{dt: {DT}, duration: {MS}}}
populations: {{A: {{model: hh_psc_alpha, size: {len(currents)}, params: {{I_e: {{values: {currents}}}}}}}}}
record: {{state: [{{population: A, variables: [V_m], precision: float64}}]}}
""")
    start = [-65.0, 0.05293248525724958, 0.5961207535084603, 0.3176769140606974]
    for i, current in enumerate(currents):
        right = solve(hodgkin_huxley(current), start)
        wrong = numpy.abs(frames[:, i] - right).max()
        assert wrong < 0.005, f"{current} pA: {wrong} mV off"
    assert not spikes, spikes
    # What no method follows is said, or still on its way.
    config = volley.write(directory, "beyond.yaml", """
simulation: {dt: 0.1, duration: 200.0}
populations: {A: {model: hh_psc_alpha, size: 2, params: {I_e: {values: [-1.0e12, -1.0e300]}}}}
""")
    out = os.path.join(directory, "beyond")
    done = volley.start(["run", config, "-q", "-o", out])
    assert done.returncode == 1 and "is no longer a finite number" in done.stderr or not volley.spikes(out, "A"), done.stderr


def test_conductances(directory):
    """A single inhibitory or excitatory spike at 1 ms of each neuron."""
    weights = [500.0, 1000.0, 2000.0, 4000.0, 1e5, 1e7, 3e7, 6e7, 1e8, 1e9, 1e11]
    for model, leak, capacity, rest, tau in (("iaf_cond_exp", 16.6667, 250.0, -70.0, 2.0),
                                             ("aeif_cond_exp", 30.0, 281.0, -70.6, 0.2)):
        text = f"""
simulation: {{dt: {DT}, duration: {MS}}}
populations:
  S: {{model: spike_source, size: 1, params: {{spike_times: [[0.5]]}}}}
  A: {{model: {model}, size: {len(weights)}, params: {{g_L: {leak}, C_m: {capacity}, E_L: {rest}, E_in: -85.0,
      tau_syn_in: {tau}, a: 0.0, b: 0.0}}}}
projections:
  SA: {{source: S, target: A, connect: {{rule: all_to_all}}, weight: {{values: {[-w for w in weights]}}}, delay: 0.5,
       weight_precision: float64}}
record: {{state: [{{population: A, variables: [V_m], precision: float64}}]}}
"""
        if model == "iaf_cond_exp":
            text = text.replace(", a: 0.0, b: 0.0", "")
        frames, spikes = recorded(directory, model, text)
        assert not spikes, (model, spikes)
        for i, weight in enumerate(weights):
            def slope(t, y, weight=weight, tau=tau):
                upstroke = leak * 2.0 * numpy.exp((y[0] + 50.4) / 2.0) if model == "aeif_cond_exp" else 0.0
                return [-(leak * (y[0] - rest) - upstroke + weight * numpy.exp((1.0 - t) / tau) * (y[0] + 85.0)) / capacity]
            first = int(round(1.0 / DT))
            right = solve(slope, [frames[first, i]], 1.0)
            wrong = numpy.abs(frames[first:, i] - right).max()
            assert wrong < 0.01, f"{model}, {weight} nS: {wrong} mV off"


if __name__ == "__main__":
    sys.exit(volley.main([test_hodgkin_huxley, test_conductances]))
