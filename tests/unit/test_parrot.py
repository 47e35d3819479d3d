"""parrot_neuron: what it repeats and when, and the stimuli it takes; noise: what its interval may be."""
import math
import os
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 30.0, seed: 1}
populations:
  input: {model: spike_source, size: 3, params: {spike_times: [[0, 1.0, 2.0, 2.1, 20.0], [1.0, 5.0], [7.0]]}}
  relay: {model: parrot_neuron, size: 2}
  again: {model: parrot_neuron, size: 1}
projections:
  first: {source: {population: input, neurons: {ids: [0]}}, target: relay, connect: {rule: all_to_all},
          weight: 0.001, delay: 0.3}
  second: {source: {population: input, neurons: {ids: [1]}}, target: {population: relay, neurons: {first: 1}},
           connect: {rule: all_to_all}, weight: 5.0, delay: 0.3}
  never: {source: {population: input, neurons: {ids: [2]}}, target: relay, connect: {rule: all_to_all},
          weight: -1.0, delay: 0.3}
  onward: {source: {population: relay, neurons: {ids: [1]}}, target: again, connect: {rule: all_to_all},
           weight: 1.0, delay: 0.1}
"""


def test_repeats(directory):
    """Spikes at 0, 10, 20, 21 and 200 steps arrive after 3; two in one step are repeated once; -1 is not."""
    config, out = volley.write(directory, "config.yaml", CONFIG), os.path.join(directory, "out")
    for interval in ("step", 1):
        volley.run(config, out, sets=[f"exchange.interval={interval}"])
        every = [3, 13, 23, 24, 203]
        assert volley.spikes(out, "relay") == sorted([(s, 0) for s in every + [53]] + [(s, 1) for s in every])
        assert volley.spikes(out, "again") == [(s + 1, 0) for s in every]


POISSON = """
simulation: {dt: 0.1, duration: 1000.0, seed: 1}
populations:
  relay: {model: parrot_neuron, size: 100}
stimuli:
  train: {model: poisson, target: relay, params: {rate: 1000.0}, start: 100.0}
"""


def test_poisson(directory):
    """A step with input is repeated once: Bernoulli spikes of p = 1 - exp(-0.1)."""
    config, out = volley.write(directory, "config.yaml", POISSON), os.path.join(directory, "out")
    spikes = volley.run(config, out)["populations"]["relay"]["spikes"]
    n, p = 9000 * 100, 1 - math.exp(-0.1)
    assert abs(spikes - n * p) < 4.5 * math.sqrt(n * p * (1 - p)), spikes
    text = volley.start(["check", config]).stdout
    assert "rate 1000 Hz, weight 1 (no unit), delay 1 ms\n" in text, text


def test_refused(directory):
    config = volley.write(directory, "config.yaml", POISSON)
    for model in ("dc", "noise"):
        done = volley.start(["check", config, "--set", "stimuli.train.params={}", "--set",
                             f"stimuli.train.model={model}"])
        assert done.returncode == 2 and "a parrot_neuron takes no current: value relay" in done.stderr, done.stderr
    cell = ["check", config, "--set", "populations.relay.model=iaf_psc_exp", "--set", "stimuli.train.model=noise"]
    for value, word in (("0.25", "not a multiple of dt"), ("0", "out of range"), ("-1", "out of range")):
        done = volley.start([*cell, "--set", f"stimuli.train.params={{dt: {value}}}"])
        assert done.returncode == 2 and f"stimuli.train.params.dt: {word}" in done.stderr, done.stderr
    done = volley.start([*cell, "--set", "stimuli.train.params={dt: 0.7}"])
    assert done.returncode == 0 and "dt 0.7 ms" in done.stdout, done.stdout + done.stderr
    # The standard interval of 1 ms where it is no multiple of the step.
    done = volley.start([*cell, "--set", "stimuli.train.params={}", "--set", "simulation.dt=0.4", "--set",
                         "simulation.duration=400"])
    assert done.returncode == 0 and "dt 1.2 ms" in done.stdout, done.stdout + done.stderr


if __name__ == "__main__":
    volley.main([test_repeats, test_poisson, test_refused])
