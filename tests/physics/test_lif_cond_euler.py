# SPDX-License-Identifier: BSD-3-Clause
"""lif_cond_euler against a plain loop over its equations: potential, conductances and spikes, with refractory neurons,
excitatory and inhibitory input at every delay, a dc stimulus, and a potential that rests on the threshold."""
import math
import os
import h5py
import numpy
from support import volley

CONFIG = """
simulation: {{dt: 0.1, duration: 60.0}}
populations:
  n: {{model: lif_cond_euler, size: 4, params: {{{params}}}}}
  s: {{model: spike_source, size: 2, params: {{spike_times: [{trains}]}}}}
stimuli:
  steady: {{model: dc, target: n, start: 2.0, stop: 50.0, params: {{amplitude: 4.0}}}}
projections:
  ex: {{source: {{population: s, neurons: {{ids: [0]}}}}, target: n, connect: {{rule: all_to_all}},
        weight: {{values: {ex}}}, delay: 0.3, weight_precision: float64}}
  in: {{source: {{population: s, neurons: {{ids: [1]}}}}, target: n, connect: {{rule: all_to_all}},
        weight: {{values: {inhibition}}}, delay: 1.2, weight_precision: float64}}
record:
  state: [{{population: n, variables: [V_m, g_ex, g_in], interval: 0.1, precision: float64}}]
"""
STEPS = 600
TRAINS = [list(range(5, 560, 11)), list(range(14, 560, 37))]
EX, IN = [0.0, 0.4, 0.9, 3.0], [-0.5, -5.1, 0.0, -1.5]
AURYN = {"tau_m": 20.0, "t_ref": 5.0, "E_L": -60.0, "V_reset": -60.0, "V_th": -50.0, "E_ex": 0.0, "E_in": -80.0,
         "tau_syn_ex": 5.0, "tau_syn_in": 10.0, "I_e": 0.0}  # the defaults
OTHER = {"tau_m": 7.0, "t_ref": 0.35, "E_L": -62.0, "V_reset": -65.0, "V_th": -51.0, "E_ex": 5.0, "E_in": -75.0,
         "tau_syn_ex": 2.0, "tau_syn_in": 3.0, "I_e": 11.0}


def expected(p):
    """Frames of V, g_ex, g_in [T][3][N] and the spikes (step, neuron)."""
    v, g_ex, g_in, wait = [p["E_L"]] * 4, [0.0] * 4, [0.0] * 4, [0] * 4
    frames, spikes = [(list(v), list(g_ex), list(g_in))], []
    for step in range(1, STEPS + 1):
        drive = p["I_e"] + (4.0 if 20 < step <= 500 else 0.0)
        for i in range(4):
            if wait[i] > 0:
                wait[i] -= 1
            else:
                synapses = g_ex[i] * (v[i] - p["E_ex"]) + g_in[i] * (v[i] - p["E_in"])
                v[i] += 0.1 / p["tau_m"] * (p["E_L"] - v[i] - synapses + drive)
                if v[i] > p["V_th"]:
                    spikes.append((step, i))
                    v[i], wait[i] = p["V_reset"], math.ceil(p["t_ref"] / 0.1 - 1e-6)
            g_ex[i] *= math.exp(-0.1 / p["tau_syn_ex"])
            g_in[i] *= math.exp(-0.1 / p["tau_syn_in"])
            g_ex[i] += EX[i] if step - 3 in TRAINS[0] else 0.0
            g_in[i] -= IN[i] if step - 12 in TRAINS[1] else 0.0
        frames.append((list(v), list(g_ex), list(g_in)))
    return frames, spikes


def recorded(directory, variable):
    with h5py.File(os.path.join(directory, f"state_n_{variable}.h5"), "r") as file:
        return file["report/n/data"][:]


def equations(directory):
    for params in (AURYN, OTHER):
        text = "" if params is AURYN else ", ".join(f"{key}: {value}" for key, value in params.items())
        trains = ", ".join(str([round(step * 0.1, 1) for step in train]) for train in TRAINS)
        config = volley.write(directory, "n.yaml", CONFIG.format(params=text, trains=trains, ex=EX, inhibition=IN))
        result = os.path.join(directory, "result")
        volley.run(config, result)
        frames, spikes = expected(params)
        assert len(spikes) > 15 and len({i for _, i in spikes}) >= 2
        assert volley.spikes(result, "n") == spikes
        for column, variable in enumerate(("V_m", "g_ex", "g_in")):
            wanted = [frame[column] for frame in frames]
            numpy.testing.assert_allclose(recorded(result, variable), wanted, rtol=0, atol=1e-10)


def size_of_weights(directory):
    """A conductance takes the size of its weights: the receptor may be chosen for positive ones, too."""
    trains = ", ".join(str([round(step * 0.1, 1) for step in train]) for train in TRAINS)
    frames = []
    for inhibition in (IN, [-w for w in IN]):
        text = CONFIG.format(params="", trains=trains, ex=EX, inhibition=inhibition)
        config = volley.write(directory, "n.yaml", text.replace("delay: 1.2", "delay: 1.2, receptor: inhibitory"))
        result = os.path.join(directory, "result")
        volley.run(config, result)
        frames.append(recorded(result, "V_m"))
    assert (frames[0] == frames[1]).all() and frames[0][:, 1].min() < -62.0


def threshold_is_strict(directory):
    """A potential that stays on the threshold does not fire; one above it fires at once."""
    for start, count in ((-50.0, 0), (-49.99, 1)):
        config = volley.write(directory, "n.yaml", f"""
simulation: {{dt: 0.1, duration: 1.0}}
populations:
  n: {{model: lif_cond_euler, size: 1, params: {{I_e: 10.0}}, init: {{V_m: {start}}}}}
""")
        result = os.path.join(directory, "result")
        volley.run(config, result)
        assert len(volley.spikes(result, "n")) == count, (start, count)


volley.main([equations, size_of_weights, threshold_is_strict])
