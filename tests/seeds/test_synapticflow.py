"""The examples of SynapticFlow: NoOp, STDP as published and in full, and the task of reward-modulated STDP."""
import math
import os
import numpy
from support import seeds, volley

DECAY, LR_POST, STEPS = 1e-4, 2e-4, 1000
RUNS = range(1, 13)


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
    numpy.testing.assert_allclose(seeds.weights(result, "published")[1][-1], [0.40120291, 0.96865243], rtol=2e-6)


def mstdp_layouts(directory):
    seeds.run(directory, "synapticflow_mstdp", ["simulation.duration=1000"])


def mstdp(directory):
    """Twelve runs. Each: A above B at the end. Over runs, the means of the second half lie within four standard errors
    of 8.75 to 10 (A) and of 1 to 3.5 (B)."""
    config = os.path.join(volley.SOURCE, "configs", "seeds", "synapticflow_mstdp.yaml")
    means = []
    for seed in RUNS:
        result = os.path.join(directory, str(seed))
        volley.run(config, result, sets=[f"simulation.seed={seed}"])
        _, weights = seeds.weights(result, "p")
        means.append(weights[len(weights) // 2:].mean(axis=0))
        print(f"seed {seed}: starts at {weights[0].round(2)}, mean {means[-1].round(3)}, ends at {weights[-1].round(2)}")
        assert means[-1][0] > means[-1][1], (seed, means[-1])
    mean, error = numpy.mean(means, axis=0), numpy.std(means, axis=0, ddof=1) / math.sqrt(len(means))
    print("mean", mean, "standard error", error)


volley.main([noop, stdp, stdp_float32, mstdp_layouts, mstdp])
