# SPDX-License-Identifier: BSD-3-Clause
"""parrot_neuron: what it repeats, when and how often, and the input it takes; noise: what its interval may be."""
import math
import os
from support import volley

# relay 0 receives both trains, relay 1 the first one three times.
CONFIG = """
simulation: {dt: 0.1, duration: 30.0, seed: 1}
populations:
  input: {model: spike_source, size: 2, params: {spike_times: [[0, 1.0, 2.0, 2.1, 20.0], [1.0, 5.0]]}}
  relay: {model: parrot_neuron, size: 2}
  again: {model: parrot_neuron, size: 1}
  cell: {model: iaf_psc_delta, size: 1}
projections:
  first: {source: {population: input, neurons: {ids: [0]}}, target: relay, connect: {rule: all_to_all},
          weight: 1, delay: 0.3}
  second: {source: {population: input, neurons: {ids: [1]}}, target: {population: relay, neurons: {first: 1}},
           connect: {rule: all_to_all}, weight: 1.0, delay: 0.3, receptor: inhibitory}
  thrice: {source: {population: input, neurons: {ids: [0]}}, target: {population: relay, neurons: {ids: [1]}},
           connect: {rule: fixed_indegree, indegree: 2}, weight: 1.0, delay: 0.3}
  onward: {source: {population: relay, neurons: {ids: [1]}}, target: again, connect: {rule: all_to_all},
           weight: 1.0, delay: 0.1}
  jump: {source: again, target: cell, connect: {rule: all_to_all}, weight: 0.25, delay: 0.1, weight_precision: float64}
record:
  state: [{population: cell, variables: [V_m], precision: float64}]
"""


def test_repeats(directory):
    """Spikes at 0, 10, 20, 21 and 200 steps arrive after 3. Relay 0 has two of them at 13; relay 1 has three in each of
    its steps; a neuron behind sees each of the three."""
    config, out = volley.write(directory, "config.yaml", CONFIG), os.path.join(directory, "out")
    first = [3, 13, 23, 24, 203]
    for ranks, threads, interval in ((1, 1, "step"), (1, 3, "step"), (3, 1, 1)):
        run = volley.run(config, out, ranks, threads, sets=[f"exchange.interval={interval}"])
        expected = [(s, 0) for s in first + [13, 53]] + [(s, 1) for s in first * 3]
        assert volley.spikes(out, "relay") == sorted(expected), (ranks, threads)
        assert volley.spikes(out, "again") == sorted((s + 1, 0) for s in first * 3)
        assert run["populations"]["relay"]["spikes"] == 22 and run["populations"]["again"]["spikes"] == 15
        assert potential(out)[5] == -70.0 + 3 * 0.25 and potential(out)[4] == -70.0


def potential(directory):
    import h5py
    with h5py.File(os.path.join(directory, "state_cell_V_m.h5")) as file:
        return file["report/cell/data"][:, 0]


POISSON = """
simulation: {dt: 0.1, duration: 1000.0, seed: 1}
populations:
  relay: {model: parrot_neuron, size: 100}
stimuli:
  train: {model: poisson, target: relay, params: {rate: 1000.0}, start: 100.0}
"""


def test_poisson(directory):
    """Every spike of the train is repeated, also where a step has many: the count is Poisson with the train's mean."""
    config, out = volley.write(directory, "config.yaml", POISSON), os.path.join(directory, "out")
    for rate in (1000.0, 20000.0):
        run = volley.run(config, out, ranks=2, sets=[f"stimuli.train.params.rate={rate}"])
        spikes, mean = run["populations"]["relay"]["spikes"], 100 * 0.9 * rate
        assert abs(spikes - mean) < 4.5 * math.sqrt(mean), (rate, spikes)
        found = volley.spikes(out, "relay")
        assert len(found) == spikes and found == sorted(found)
        pairs = 9000 * 100
        empty = 1 - len(set(found)) / pairs
        p = math.exp(-rate * 1e-4)
        assert abs(empty - p) < 4.5 * math.sqrt(p * (1 - p) / pairs), (rate, empty)
    text = volley.start(["check", config]).stdout
    assert "rate 1000 Hz, weight 1 (no unit), delay 1 ms\n" in text, text


def test_refused(directory):
    """Currents, and weights that would not count spikes."""
    config = volley.write(directory, "config.yaml", POISSON)
    for model in ("dc", "noise"):
        done = volley.start(["check", config, "--set", "stimuli.train.params={}", "--set",
                             f"stimuli.train.model={model}"])
        assert done.returncode == 2 and "a parrot_neuron takes no current: value relay" in done.stderr, done.stderr
    done = volley.start(["check", config, "--set", "stimuli.train.params.weight=87.8"])
    assert done.returncode == 2 and "stimuli.train.params.weight: the parrot_neuron relay counts spikes: value 87.8; " \
        "allowed 1" in done.stderr, done.stderr
    config = volley.write(directory, "weights.yaml", CONFIG)
    for weight, value in (("0.5", "0.5"), ("-1", "-1"), ("{uniform: {low: 1, high: 2}}", "not constant, up to 2")):
        done = volley.start(["check", config, "--set", f"projections.first.weight={weight}"])
        assert done.returncode == 2 and f"projections.first.weight: the parrot_neuron relay counts spikes: value " \
            f"{value}; allowed 1" in done.stderr, done.stderr
    done = volley.start(["check", config, "--set", "projections.first.plasticity.rule=stdp"])
    assert done.returncode == 2 and "projections.first.plasticity: the parrot_neuron relay counts spikes: its weights " \
        "stay 1, without plasticity" in done.stderr, done.stderr


def test_interval_of_noise(directory):
    config = volley.write(directory, "config.yaml", POISSON)
    cell = ["check", config, "--set", "populations.relay.model=iaf_psc_exp", "--set", "stimuli.train.model=noise"]
    for value, word in (("0.25", "not a multiple of dt"), ("0", "out of range"), ("-1", "out of range")):
        done = volley.start([*cell, "--set", f"stimuli.train.params={{dt: {value}}}"])
        assert done.returncode == 2 and f"stimuli.train.params.dt: {word}" in done.stderr, done.stderr
    done = volley.start([*cell, "--set", "stimuli.train.params={dt: 0.7}"])
    assert done.returncode == 0 and "dt 0.7 ms" in done.stdout, done.stdout + done.stderr
    # The standard interval of 1 ms where it is not a multiple of the step.
    done = volley.start([*cell, "--set", "stimuli.train.params={}", "--set", "simulation.dt=0.4", "--set",
                         "simulation.duration=400"])
    assert done.returncode == 0 and "dt 1.2 ms" in done.stdout, done.stdout + done.stderr


if __name__ == "__main__":
    volley.main([test_repeats, test_poisson, test_refused, test_interval_of_noise])
