# SPDX-License-Identifier: BSD-3-Clause
"""izhikevich against a plain loop over both forms of its update, with and without a lowest potential, one form beside
the other in a population, and its default, which is that of NEST (test_neurons.py)."""
import os
import h5py
import numpy
from support import volley

CONFIG = """
simulation: {{dt: {dt}, duration: 400.0}}
populations:
  n: {{model: izhikevich, size: 4, init: {{U_m: -13.0}},
      params: {{a: {{values: {a}}}, b: 0.2, c: -65.0, d: {{values: {d}}}, {more}}}}}
  s: {{model: spike_source, size: 1, params: {{spike_times: [[5.0, 40.0, 42.0, 90.0, 200.0, 301.0]]}}}}
stimuli:
  current: {{model: dc, target: n, start: 10.0, stop: 350.0, params: {{amplitude: 4.0}}}}
projections:
  ex: {{source: s, target: n, connect: {{rule: all_to_all}}, weight: {{values: [8.0, 3.0, 11.0, 30.0]}}, delay: 2.0,
        weight_precision: float64}}
  in: {{source: s, target: n, connect: {{rule: all_to_all}}, weight: {{values: [-30.0, -9.0, -45.0, -20.0]}}, delay: 7.0,
        weight_precision: float64}}
record: {{state: [{{population: n, variables: [V_m, U_m], interval: {dt}, precision: float64}}]}}
"""
A, D = [0.02, 0.02, 0.1, 0.02], [8.0, 4.0, 2.0, 2.0]
TRAIN = [5.0, 40.0, 42.0, 90.0, 200.0, 301.0]
EX, IN = [8.0, 3.0, 11.0, 30.0], [-30.0, -9.0, -45.0, -20.0]


def expected(dt, i, consistent, lowest):
    """V and U of neuron i at every step, and the steps of its spikes."""
    steps = round(400.0 / dt)
    arriving = [0.0] * (steps + round(8.0 / dt) + 1)
    for time in TRAIN:
        arriving[round((time + 2.0) / dt)] += EX[i]
        arriving[round((time + 7.0) / dt)] += IN[i]
    v, u = -65.0, -13.0
    frames, spikes = [(v, u)], []
    for step in range(1, steps + 1):
        current = 9.0 if round(10.0 / dt) < step <= round(350.0 / dt) else 5.0
        if consistent:
            v, u = (v + dt * (0.04 * v * v + 5 * v + 140 - u + current) + arriving[step], u + dt * A[i] * (0.2 * v - u))
        else:
            for _ in range(2):
                v += 0.5 * dt * (0.04 * v * v + 5 * v + 140 - u + current + arriving[step])
            u += dt * A[i] * (0.2 * v - u)
        v = max(v, lowest)
        if v >= 30.0:
            v, u = -65.0, u + D[i]
            spikes.append(step)
        frames.append((v, u))
    return numpy.array(frames), spikes


def check(directory, dt, forms, lowest):
    more = "I_e: 5.0"
    if forms != [1] * 4:
        more += f", consistent_integration: {forms[0] if len(set(forms)) == 1 else {'values': forms}}".replace("'", "")
    if lowest is not None:
        more += f", V_min: {lowest}"
    config = volley.write(directory, "n.yaml", CONFIG.format(dt=dt, a=A, d=D, more=more))
    result = os.path.join(directory, "result")
    volley.run(config, result, ranks=2)
    found = []
    for variable in ("V_m", "U_m"):
        with h5py.File(os.path.join(result, f"state_n_{variable}.h5")) as file:
            found.append(file["report/n/data"][:])
    spikes = [[], [], [], []]
    for step, neuron in volley.spikes(result, "n", dt):
        spikes[neuron].append(step)
    lows = []
    for i in range(4):
        frames, steps = expected(dt, i, forms[i], -numpy.inf if lowest is None else lowest)
        assert spikes[i] == steps and len(steps) > 1, (dt, forms, lowest, i, spikes[i], steps)
        numpy.testing.assert_allclose(numpy.stack([found[0][:, i], found[1][:, i]], axis=1), frames, rtol=0, atol=1e-6)
        lows.append(frames[:, 0].min())
    return min(lows)


def forms(directory):
    for dt in (1.0, 0.1):
        for form in ([1] * 4, [0] * 4, [0, 1, 1, 0]):
            assert check(directory, dt, form, None) < -70.0
            assert check(directory, dt, form, -70.0) == -70.0


volley.main([forms])
