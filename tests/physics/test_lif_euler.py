# SPDX-License-Identifier: BSD-3-Clause
"""lif_euler against a plain loop over its equations: potential, trace and spikes, with a refractory time and input by
currents that patterns switch."""
import math
import os
import h5py
import numpy
from support import volley

CONFIG = """
simulation: {{dt: 0.1, duration: 50.0}}
populations:
  n: {{model: lif_euler, size: 3, params: {{t_ref: 0.35, tau_m: 7.0, tau_s: 3.0, R: 15.0, I_e: 0.125, trace_keep: {keep}}}}}
stimuli:
  shown: {{model: patterns, target: n, start: 2.0, stop: 45.0,
           params: {{values: [[1.0, 2.0, 9.0], [0.5, 0.0, -3.0]], interval: 0.4, order: cycle}}}}
  steady: {{model: dc, target: n, params: {{amplitude: 0.125}}}}
record:
  state: [{{population: n, variables: [V_m, trace], interval: 0.1, precision: float64}}]
"""
VALUES = [[1.0, 2.0, 9.0], [0.5, 0.0, -3.0]]
STEPS, REST, THRESHOLD = 500, -62.0, -52.0


def expected(keep):
    """Potentials and traces [T][N] and the spikes (step, neuron)."""
    v, trace, wait = [REST] * 3, [0.0] * 3, [0] * 3
    states, spikes = [(list(v), list(trace))], []
    for step in range(1, STEPS + 1):
        shown = VALUES[(step - 21) // 4 % 2] if 20 < step <= 450 else [0.0] * 3
        for i in range(3):
            trace[i] *= math.exp(-0.1 / 3.0)
            if wait[i] > 0:
                wait[i] -= 1
                continue
            v[i] += (-(v[i] - REST) + 15.0 * (0.25 + shown[i])) * 0.1 / 7.0
            if v[i] >= THRESHOLD:
                v[i], wait[i] = REST, 4
                trace[i] = 1.0 + keep * trace[i]
                spikes.append((step, i))
        states.append((list(v), list(trace)))
    return states, spikes


def states(directory, variable):
    with h5py.File(os.path.join(directory, f"state_n_{variable}.h5"), "r") as file:
        return file["report/n/data"][:]


def equations(directory):
    for keep in (0.0, 1.0):
        config = volley.write(directory, "n.yaml", CONFIG.format(keep=keep))
        result = os.path.join(directory, "result")
        volley.run(config, result)
        frames, spikes = expected(keep)
        assert len(spikes) > 20
        assert volley.spikes(result, "n") == spikes
        for column, variable in enumerate(("V_m", "trace")):
            numpy.testing.assert_allclose(states(result, variable), [frame[column] for frame in frames], rtol=0, atol=1e-11)


volley.main([equations])
