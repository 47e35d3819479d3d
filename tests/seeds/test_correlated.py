# SPDX-License-Identifier: BSD-3-Clause
"""The course demo with Brian 2: the STDP window, and correlated sources with what the rule makes of them."""
import bisect
import math
import os
import numpy
from support import seeds, volley

TAU, RATE, SECONDS, NEURONS = 10.0, 10.0, 20.0, 10
SEEDS = range(1, 9)
POPULATIONS = {"uncorrelated": 0.0, "half": 0.5, "identical": 1.0}


def window(directory):
    result, _ = seeds.run(directory, "stdp_window")
    _, weights = seeds.weights(result, "pairs")
    expected = [math.exp(dt / TAU) if dt < 0 else -math.exp(-dt / TAU) if dt > 0 else 1.0 for dt in range(-50, 51)]
    numpy.testing.assert_allclose(weights[-1], expected, rtol=1e-9, atol=0)


def layouts(directory):
    """The whole run on 1 rank is the next test's; here the first two seconds."""
    seeds.run(directory, "correlated_sources", sets=["simulation.duration=2000"])


def learn(pre, post):
    """Weight after these trains (steps of 0.1 ms), every spike with the latest earlier one of the other side."""
    def pair(spike, others):
        at = bisect.bisect_left(others, spike)
        return math.exp(-(spike - others[at - 1]) * 0.1 / TAU) if at > 0 else 0.0

    up = sum(pair(spike, pre) for spike in post)
    down = sum(pair(spike, post) for spike in pre)
    return up - down + len(set(pre) & set(post))


def correlation(trains):
    """Mean over pairs of the correlation of the trains in steps."""
    steps = SECONDS * 1e4
    values = []
    for i, a in enumerate(trains):
        for b in trains[:i]:
            p, q = len(a) / steps, len(b) / steps
            together = len(a & b) / steps
            values.append((together - p * q) / math.sqrt(p * (1 - p) * q * (1 - q)))
    return sum(values) / len(values)


def one_seed(directory, seed):
    """For each population: spikes, correlation, and final weight."""
    result = os.path.join(directory, str(seed))
    config = os.path.join(volley.SOURCE, "configs", "seeds", "correlated_sources.yaml")
    volley.run(config, result, sets=[f"simulation.seed={seed}"])
    found = {}
    for name in POPULATIONS:
        spikes = volley.spikes(result, name)
        trains = [[step for step, neuron in spikes if neuron == i] for i in range(NEURONS)]
        _, weights = seeds.weights(result, f"weight_{name}")
        numpy.testing.assert_allclose(weights[-1, 0], learn(trains[0], trains[1]), rtol=1e-9, atol=1e-9)
        if name == "identical":
            assert all(train == trains[0] for train in trains)
            numpy.testing.assert_allclose(weights[-1, 0], len(trains[0]), rtol=1e-9)
        found[name] = len(spikes), correlation([set(train) for train in trains]), weights[-1, 0]
    return found


def statistics(directory):
    """Means over eight seeds lie within four standard errors of their expectations. With n = 8 runs of 20 s:
    spikes     per run 10 neurons x 200, variance 2000 (1 + 9 c)
    correlation c = 0: chance coincidences, 0.2 per pair and run, 45 pairs: standard error sqrt(9 n)/(9000 n);
               c = 0.5: of the about 200 shared events of a run each holds K ~ B(10, sqrt(c)) neurons, K (K - 1)/90 has a
               standard deviation of 0.21; c = 1: exactly 1
    weight     per run c r T + r^2 dt T shared spikes, variance as large; the pairs besides have mean 0 and, with
               exp(-2 t/tau) averaging r tau/2, a variance of at most 400 r tau/2 = 20"""
    n, runs = len(SEEDS), [one_seed(directory, seed) for seed in SEEDS]
    for name, c in POPULATIONS.items():
        spikes, correlations, weights = (numpy.mean([run[name][k] for run in runs]) for k in range(3))
        events = RATE * SECONDS
        print(f"c = {c}: {spikes / NEURONS / SECONDS:.3f} Hz, correlation {correlations:.5f}, weight {weights:.2f}")
        assert abs(spikes - NEURONS * events) < 4 * math.sqrt(NEURONS * events * (1 + 9 * c) / n)
        error = {0.0: math.sqrt(9 * n) / (9000 * n), 0.5: 0.21 / math.sqrt(events * n), 1.0: 1e-12}[c]
        assert abs(correlations - c) < 4 * error, (name, correlations, error)
        shared = c * events + (1 - c) * RATE * RATE * 1e-4 * SECONDS
        assert abs(weights - shared) < 4 * math.sqrt((shared + 20) / n), (name, weights, shared)


volley.main([window, layouts, statistics])
