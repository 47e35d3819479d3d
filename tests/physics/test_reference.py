# SPDX-License-Identifier: BSD-3-Clause
"""A whole network against a simulation written apart from the program: every spike must be the same.

Rules of the reference: update k takes the state from time k to k + 1. A spike stamped s with delay d is part of the
state at time s + d; a prescribed spike at T has the stamp T / dt; a neuron that crosses in update k is stamped k + 1,
stands at V_reset there and for the ceil(t_ref / dt) times after it. Exact integration of iaf_psc_exp: Rotter and
Diesmann (1999). Here every spike is written at once into a table [time, receptor, neuron], source by source."""
import math
import os
import numpy
from support import volley

DT, STEPS, NEURONS, EXCITATORY, SOURCES = 0.1, 3000, 30, 24, 8
CURRENT, CURRENT_FROM, CURRENT_TO = 90.0, 500, 2200
PARAMS = {"tau_m": 11.0, "C_m": 230.0, "E_L": -70.0, "V_reset": -68.0, "V_th": -55.0, "I_e": 150.0,
          "tau_syn_ex": 1.7, "tau_syn_in": 4.1, "t_ref": 1.21}


class Network:
    """Trains, weights and delays, drawn with fixed seeds. Tables are [target, source]."""

    def __init__(self):
        draw = numpy.random.RandomState(71)
        self.trains = [numpy.unique(draw.randint(0, STEPS, 60)) for _ in range(SOURCES)]
        self.trains[0] = numpy.unique(numpy.append(self.trains[0], [0, 1]))
        self.trains[5][0] = 0
        self.trains[7] = numpy.array([], dtype=int)
        self.start = draw.uniform(-70.0, -56.0, NEURONS)
        self.tables = {
            "input": self.table(draw, SOURCES, lambda n: draw.lognormal(4.3, 0.8, n)),
            "excitatory": self.table(draw, EXCITATORY, lambda n: draw.uniform(0.0, 60.0, n)),
            "inhibitory": self.table(draw, NEURONS - EXCITATORY, lambda n: draw.uniform(-160.0, -10.0, n)),
        }

    @staticmethod
    def table(draw, sources, weights):
        """Weights, delays in steps, and delays in ms that round to them: on the step, below it by half a step (which
        goes up) and above it by less than half."""
        shape = (NEURONS, sources)
        steps = draw.randint(1, 40, shape)
        shift = draw.choice([0.0, -0.5, 0.49, 0.3], shape)
        return weights(shape), steps, (steps + shift) * DT


def config(network):
    def listed(values):
        return "{values: [" + ", ".join(repr(float(v)) for v in values) + "]}"

    trains = ", ".join("[" + ", ".join(f"{t * DT:.1f}" for t in train) + "]" for train in network.trains)
    ends = {"input": "input", "excitatory": f"{{population: cells, neurons: {{first: {EXCITATORY}}}}}",
            "inhibitory": f"{{population: cells, neurons: {{range: [{EXCITATORY}, {NEURONS}]}}}}"}
    projections = "".join(f"""
  {name}:
    source: {ends[name]}
    target: cells
    connect: {{rule: all_to_all}}
    weight: {listed(weight.ravel())}
    delay: {listed(delay.ravel())}
    weight_precision: float64""" for name, (weight, _, delay) in network.tables.items())
    return f"""
simulation: {{dt: {DT}, duration: {STEPS * DT:.1f}, seed: 1}}
populations:
  input: {{model: spike_source, size: {SOURCES}, params: {{spike_times: [{trains}]}}}}
  cells:
    model: iaf_psc_exp
    size: {NEURONS}
    params: {{{", ".join(f"{name}: {value}" for name, value in PARAMS.items())}}}
    init: {{V_m: {listed(network.start)}}}
stimuli:
  pulse: {{model: dc, target: {{population: cells, neurons: {{every: 2}}}}, start: {CURRENT_FROM * DT:.1f},
          stop: {CURRENT_TO * DT:.1f}, params: {{amplitude: {CURRENT}}}}}
projections:{projections}
"""


def propagators():
    tau_m, capacity = PARAMS["tau_m"], PARAMS["C_m"]

    def gain(tau):
        return (math.exp(-DT / tau) - math.exp(-DT / tau_m)) * tau * tau_m / ((tau - tau_m) * capacity)

    taus = [PARAMS["tau_syn_ex"], PARAMS["tau_syn_in"]]
    return (math.exp(-DT / tau_m), tau_m / capacity * (1.0 - math.exp(-DT / tau_m)),
            numpy.array([[gain(tau)] for tau in taus]), numpy.array([[math.exp(-DT / tau)] for tau in taus]))


def simulate(network):
    """Spikes of the cells as a list of (step, neuron)."""
    leak, resistance, gains, decays = propagators()
    due = numpy.zeros((STEPS + 50, 2, NEURONS))

    def send(name, receptor, source, stamp):
        weight, delay, _ = network.tables[name]
        for target in range(NEURONS):
            due[stamp + delay[target, source], receptor, target] += weight[target, source]

    for source, train in enumerate(network.trains):
        for stamp in train:
            send("input", 0, source, stamp)
    potential = network.start - PARAMS["E_L"]
    currents = numpy.zeros((2, NEURONS))
    free_from = numpy.zeros(NEURONS, dtype=int)
    even = numpy.arange(NEURONS) % 2 == 0
    spikes = []
    for time in range(1, STEPS + 1):
        steady = PARAMS["I_e"] + numpy.where(even & (CURRENT_FROM < time <= CURRENT_TO), CURRENT, 0.0)
        evolved = leak * potential + resistance * steady + (gains * currents).sum(axis=0)
        potential = numpy.where(time >= free_from, evolved, potential)
        currents = decays * currents + due[time]
        for neuron in numpy.nonzero(potential >= PARAMS["V_th"] - PARAMS["E_L"])[0]:
            spikes.append((time, int(neuron)))
            potential[neuron] = PARAMS["V_reset"] - PARAMS["E_L"]
            free_from[neuron] = time + math.ceil(PARAMS["t_ref"] / DT) + 1
            if neuron < EXCITATORY:
                send("excitatory", 0, neuron, time)
            else:
                send("inhibitory", 1, neuron - EXCITATORY, time)
    return spikes


def test_every_spike(directory):
    network = Network()
    path = volley.write(directory, "reference.yaml", config(network))
    expected = simulate(network)
    assert 5.0 < len(expected) / NEURONS / (STEPS * DT * 1e-3) < 100.0, len(expected)
    prescribed = sorted((int(step), i) for i, train in enumerate(network.trains) for step in train)
    for ranks, threads, interval in [(1, 1, "step"), (3, 1, "step"), (2, 2, "min_delay")]:
        where = os.path.join(directory, f"{ranks}x{threads}")
        volley.run(path, where, ranks, threads, [f"exchange.interval={interval}"])
        found = volley.spikes(where, "cells", DT)
        wrong = next((i for i, (a, b) in enumerate(zip(found, expected)) if a != b), min(len(found), len(expected)))
        assert found == expected, f"{ranks} x {threads}: spike {wrong} is {found[wrong:wrong + 1]} and not " \
                                  f"{expected[wrong:wrong + 1]}; {len(found)} and {len(expected)} spikes"
        assert volley.spikes(where, "input", DT) == prescribed
    print(f"{len(expected)} spikes of {NEURONS} neurons equal on 3 layouts")


if __name__ == "__main__":
    volley.main([test_every_spike])
