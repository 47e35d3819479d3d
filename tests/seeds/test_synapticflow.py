# SPDX-License-Identifier: BSD-3-Clause
"""The examples of SynapticFlow: NoOp, STDP as published and in full, and the task of reward-modulated STDP."""
import math
import os
import numpy
from support import seeds, volley

DECAY, LR_POST, STEPS = 1e-4, 2e-4, 1000
RUNS = range(1, 9)


def noop(directory):
    result, summary = seeds.run(directory, "synapticflow_noop")
    _, weights = seeds.weights(result, "p")
    assert weights.shape == (11, 3) and (weights == [0.1, 0.5, 0.9]).all(), weights
    assert summary["populations"]["post"]["spikes"] > 0


def stepped(weight, lr_pre, spikes):
    """One synapse by the equations: both traces are 1 in a step with both spikes, and 0 without any."""
    for _ in range(STEPS):
        weight += (LR_POST - lr_pre) * spikes
        weight = min(max(weight * (1 - DECAY), 0.0), 1.0)
    return weight


def stdp(directory):
    result, summary = seeds.run(directory, "synapticflow_stdp")
    assert [summary["populations"][name]["spikes"] for name in ("pre", "post_published", "post_full")] == [STEPS] * 3
    for name, lr_pre, printed in (("published", 0.0, [0.40120291, 0.96865243]), ("full", 3e-4, [0.40120291, 0.68317967])):
        _, weights = seeds.weights(result, name)
        numpy.testing.assert_allclose(weights[-1], printed, rtol=0, atol=5e-9)
        exact = [stepped(0.4434, lr_pre, 0), stepped(0.8602, lr_pre, 1)]
        numpy.testing.assert_allclose(weights[-1], exact, rtol=1e-9, atol=0)


def stdp_float32(directory):
    sets = [f"projections.{name}.weight_precision=float32" for name in ("published", "full")]
    result, _ = seeds.run(directory, "synapticflow_stdp", sets)
    numpy.testing.assert_allclose(seeds.weights(result, "published")[1][-1], [0.40120291, 0.96865243], rtol=1e-6)


def mstdp_layouts(directory):
    seeds.run(directory, "synapticflow_mstdp", ["simulation.duration=1000"])


def replay(weights, pre, steps):
    """The task by its equations, where the neuron answers in the step of the pattern; pre: which neuron fires in each
    step. Weights after each step, and the steps in which the post neuron fires."""
    left = math.exp(-0.1 / 20.0)
    w, plus, minus, v, course, spikes = list(weights), [0.0, 0.0], 0.0, -62.0, [list(weights)], []
    for step in range(1, steps + 1):
        shown = pre.get(step - 1)  # the spike takes a step
        if shown is not None:
            v += (-(v + 62.0) + 20.0 * w[shown]) * 0.1 / 10.0
            fires = v >= -52.0
            reward = 100.0 if fires == (shown == 0) else -100.0
            plus, minus = [p * left for p in plus], minus * left
            plus[shown] += 1.0
            if fires:
                v = -62.0
                minus -= 1.0
                spikes.append(step)
            for i in (0, 1):
                eligible = plus[i] * fires + minus * (i == shown)
                w[i] = min(max(w[i] + 3e-4 * reward * eligible, 0.0), 10.0)
        course.append(list(w))
    return course, spikes


def mstdp_exact(directory):
    steps = 6000
    config = os.path.join(volley.SOURCE, "configs", "seeds", "synapticflow_mstdp.yaml")
    for seed in (1, 2):
        volley.run(config, directory, sets=["simulation.duration=600", f"simulation.seed={seed}"])
        pre = dict(volley.spikes(directory, "pre"))
        assert sorted(pre) == list(range(1, steps + 1)) and 0.45 < sum(pre.values()) / steps < 0.55
        _, weights = seeds.weights(directory, "p")
        course, spikes = replay(weights[0], pre, steps)
        assert [step for step, _ in volley.spikes(directory, "post")] == spikes
        numpy.testing.assert_allclose(weights, course[::100], rtol=1e-9, atol=1e-9)


# Means and standard deviations over the second half of 398 runs of the equations above, for weights A and B
EXPECTED, SPREAD = numpy.array([9.7459, 2.7374]), numpy.array([0.0404, 0.1195])


def mstdp(directory):
    """In each of eight runs the weight of A is above that of B; the mean over the runs lies within four standard errors
    of the expectation."""
    config = os.path.join(volley.SOURCE, "configs", "seeds", "synapticflow_mstdp.yaml")
    means = []
    for seed in RUNS:
        result = os.path.join(directory, str(seed))
        volley.run(config, result, sets=[f"simulation.seed={seed}"])
        _, weights = seeds.weights(result, "p")
        assert weights[0].mean() > 0.5, "with such a start nothing is learnt"
        means.append(weights[len(weights) // 2:].mean(axis=0))
        assert means[-1][0] > means[-1][1], (seed, means[-1])
    mean = numpy.mean(means, axis=0)
    print("means of A and B over the second half:", mean)
    assert (abs(mean - EXPECTED) < 4 * SPREAD / math.sqrt(len(RUNS))).all(), mean


volley.main([noop, stdp, stdp_float32, mstdp_layouts, mstdp_exact, mstdp])
