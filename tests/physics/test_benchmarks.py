# SPDX-License-Identifier: BSD-3-Clause
"""Rates and irregularity of the benchmark networks, shortened, against what their authors' programs measure and against
mean fields. Networks differ from seed to seed by their wiring; bounds are the reference with that spread:

    auryn_coba       Auryn 17.2 Hz, ISI CV 1.7; six seeds over 10 s: E 16.6 to 19.7, I 17.2 to 17.9 Hz, CV 1.64 to 1.72
    auryn_brunel2k   Auryn 42 and 47 Hz for 50 neurons each, CV 0.37 to 0.39; mean field 43 Hz; seeds 39.6 to 44.9 Hz
    cuba_stdp        mean field of the first weights, first order in the time of the noise: 7.9 Hz; seeds 7.2 to 7.5 Hz
    brunel_delta     NEST 31.9 and 32.1 Hz, mean field 32.0 Hz; `large` at its smallest size"""
import os
from support import volley


def run(directory, name, duration, start, sets=()):
    """A benchmark, cut to `duration`; spikes count from `start`. Returns run.json and the directory."""
    config = os.path.join(volley.SOURCE, "configs", "benchmarks", name + ".yaml")
    result = os.path.join(directory, name)
    sets = [f"simulation.duration={duration}", f"record.start={start}", *sets]
    return volley.run(config, result, sets=sets), result


def irregularity(result, population, start_ms):
    """Mean coefficient of variation of the intervals, over neurons with at least five of them."""
    trains = {}
    for step, neuron in volley.spikes(result, population):
        trains.setdefault(neuron, []).append(step)
    assert start_ms * 10 < min(train[0] for train in trains.values())
    values = []
    for train in trains.values():
        intervals = [b - a for a, b in zip(train, train[1:])]
        if len(intervals) >= 5:
            mean = sum(intervals) / len(intervals)
            values.append((sum((x - mean) ** 2 for x in intervals) / len(intervals)) ** 0.5 / mean)
    assert len(values) > 100
    return sum(values) / len(values)


def within(summary, low, high):
    for name, population in summary["populations"].items():
        assert low <= population["rate_hz"] <= high, f"{name}: {population['rate_hz']} Hz, not from {low} to {high}"


def coba(directory):
    summary, result = run(directory, "auryn_coba", 4000.0, 500.0)
    within(summary, 15.0, 21.0)
    cv = irregularity(result, "I", 500.0)
    assert 1.3 <= cv <= 1.9, cv


def brunel2k(directory):
    """STDP that moves no weight (lambda 1e-9) gives the spikes of the static network."""
    static, result = run(directory, "auryn_brunel2k", 300.0, 50.0)
    within(static, 38.0, 47.0)
    cv = irregularity(result, "I", 50.0)
    assert 0.3 <= cv <= 0.43, cv
    short = [run(directory, name, 60.0, 0.0)[0] for name in ("auryn_brunel2k", "auryn_brunel2k_pl")]
    assert short[1]["network"]["plastic_synapses"] > 6000000
    assert short[0]["connection_hash"] == short[1]["connection_hash"]
    assert short[0]["spike_hash"] == short[1]["spike_hash"]


def cuba_stdp(directory):
    """Weights have hardly moved yet, so the rate is that of a mean field with coloured noise."""
    summary, _ = run(directory, "cuba_stdp", 300.0, 100.0)
    within(summary, 5.5, 9.0)


def large(directory):
    """The smallest size is NEST's brunel_delta."""
    summary, _ = run(directory, "large", 300.0, 50.0, ["scale.neurons=1"])
    assert summary["network"]["neurons"] == 12500
    within(summary, 30.0, 34.0)


volley.main([coba, brunel2k, cuba_stdp, large])
