# SPDX-License-Identifier: BSD-3-Clause
"""Benchmarks 1 and 2 of Brette et al. (2007), shortened: the activity outlives its stimulus, and its rates are those of an
independent simulation of the same networks with another wiring. That one is written out below with NumPy: exact
integration of CUBA's equations, exponential Euler steps for COBA's."""
import os
import numpy
from support import volley

STEP, DURATION, START = 0.1, 1000.0, 200.0  # ms
SIZE, EXCITATORY, DRIVEN = 4000, 3200, 50


def wiring(generator):
    """[SIZE] arrays of targets of each source: 64 + 16 sources for each target."""
    excitatory = generator.integers(0, EXCITATORY, (SIZE, 64))
    inhibitory = generator.integers(EXCITATORY, SIZE, (SIZE, 16))
    sources = numpy.concatenate([excitatory, inhibitory], axis=1).ravel()
    targets = numpy.repeat(numpy.arange(SIZE), 80)
    order = numpy.argsort(sources, kind="stable")
    return numpy.split(targets[order], numpy.searchsorted(sources[order], numpy.arange(1, SIZE)))


def reference(conductances, weights, rest, seed):
    """Mean rate of all neurons in Hz, from START on."""
    generator = numpy.random.default_rng(seed)
    targets = wiring(generator)
    potential = numpy.full(SIZE, rest)
    synapses = numpy.zeros((2, SIZE))  # pA or nS
    wait = numpy.zeros(SIZE, dtype=int)
    decay = numpy.exp(-STEP / numpy.array([[5.0], [10.0]]))
    spikes = 0
    for step in range(round(DURATION / STEP)):
        if conductances:
            total = 10.0 + synapses[0] + synapses[1]
            aim = (10.0 * rest - 80.0 * synapses[1]) / total
            moved = aim + (potential - aim) * numpy.exp(-STEP * total / 200.0)
        else:
            tau = numpy.array([[5.0], [10.0]])
            gain = tau * 20.0 / (20.0 - tau) / 200.0 * (numpy.exp(-STEP / 20.0) - numpy.exp(-STEP / tau))
            moved = rest + (potential - rest) * numpy.exp(-STEP / 20.0) + (gain * synapses).sum(axis=0)
        potential = numpy.where(wait > 0, potential, moved)
        synapses *= decay
        if 1.0 < (step + 1) * STEP <= 51.0:
            synapses[0, :DRIVEN] += weights[0] * generator.poisson(0.03, DRIVEN)
        fired = numpy.flatnonzero((potential >= -50.0) & (wait == 0))
        wait = numpy.maximum(wait - 1, 0)
        for source in fired:
            numpy.add.at(synapses[int(source >= EXCITATORY)], targets[source], weights[int(source >= EXCITATORY)])
        potential[fired], wait[fired] = -60.0, 50
        if step * STEP >= START:
            spikes += len(fired)
    return spikes / SIZE / (DURATION - START) * 1000.0


def compare(directory, name, conductances, weights, rest):
    expected = [reference(conductances, weights, rest, seed) for seed in (1, 2)]
    config = os.path.join(volley.SOURCE, "configs", "benchmarks", name + ".yaml")
    found = []
    for seed in (1, 2):
        sets = [f"simulation.duration={DURATION}", f"record.start={START}", f"simulation.seed={seed}"]
        run = volley.run(config, os.path.join(directory, f"{name}{seed}"), sets=sets)
        assert run["network"]["synapses"] == 320000
        found.append([population["rate_hz"] for population in run["populations"].values()])
    print(f"{name}: {found} Hz, independent simulation {expected} Hz")
    mean = sum(expected) / 2
    for rates in found:
        assert all(abs(rate - mean) < 0.15 * mean for rate in rates), (name, rates, mean)


def test_cuba(directory):
    compare(directory, "brette_cuba", False, (16.2, -139.5), -49.0)


def test_coba(directory):
    compare(directory, "brette_coba", True, (6.0, 67.0), -60.0)


if __name__ == "__main__":
    volley.main([test_cuba, test_coba])
