# SPDX-License-Identifier: BSD-3-Clause
"""weights.h5 as an independent reader sees it: weights against an eager rule in Python, the same bytes on every layout,
one hash with no, one and many snapshots, nothing left of a run that fails."""
import math
import os
import random
import h5py
import numpy
from support import volley

DT, STEPS = 0.1, 1500
SOURCES, TARGETS = 6, 5
AXONAL, DENDRITIC = 4, 3  # steps; the axonal part varies from synapse to synapse
TAU_PLUS, TAU_MINUS, LAMBDA, ALPHA, W_MAX = 17.0, 31.0, 0.05, 1.1, 60.0
START, STOP = 200, 1300


def trains(seed, n):
    generator = random.Random(seed)
    return [sorted(generator.sample(range(STEPS), generator.randint(0, 60))) for _ in range(n)]


def eager(pre, post, w, axonal, stops):
    """Weights at the steps `stops` of one synapse, moving through time; coincident pairs count for nothing."""
    met, seen, found = [t + axonal for t in pre], [p + DENDRITIC for p in post], []
    for step in range(STEPS + 1):
        change = START < step <= STOP
        if step in seen and change:
            w += LAMBDA * W_MAX * sum(math.exp((t - step) * DT / TAU_PLUS) for t in met if t < step)
            w = min(max(w, 0.0), W_MAX)
        if step in met and change:
            w -= ALPHA * LAMBDA * W_MAX * sum(math.exp((p - step) * DT / TAU_MINUS) for p in seen if p < step)
            w = min(max(w, 0.0), W_MAX)
        if step in stops:
            found.append(w)
    return found


def test_against_eager(directory):
    generator = random.Random(7)
    pre, post = trains(1, SOURCES), trains(2, TARGETS)
    pairs = [(i, j) for i in range(TARGETS) for j in range(SOURCES)]
    weights = [round(generator.uniform(5.0, 55.0), 3) for _ in pairs]
    axonal = [AXONAL + generator.randint(-4, 20) for _ in pairs]
    delays = [round((a + DENDRITIC) * DT, 1) for a in axonal]
    times = {"in": pre, "out": post}
    populations = "".join(f"  {name}: {{model: spike_source, size: {len(trains_of)}, "
                          f"params: {{spike_times: {[[round(t * DT, 1) for t in train] for train in trains_of]}}}}}\n"
                          for name, trains_of in times.items())
    for precision, tolerance in (("float64", 1e-12), ("float32", 2e-6)):
        config = volley.write(directory, "eager.yaml", f"""
simulation: {{dt: {DT}, duration: {STEPS * DT}}}
populations:
{populations}
projections:
  p:
    source: in
    target: out
    connect: {{rule: all_to_all}}
    weight: {{values: {weights}}}
    delay: {{values: {delays}}}
    weight_precision: {precision}
    dendritic_delay: {DENDRITIC * DT:.1f}
    plasticity:
      rule: stdp
      preset: nest
      params: {{tau_plus: {TAU_PLUS}, tau_minus: {TAU_MINUS}, lambda: {LAMBDA}, alpha: {ALPHA}, mu_plus: 0, mu_minus: 0,
               w_max: {W_MAX}}}
      start: {START * DT}
      stop: {STOP * DT}
record: {{start: 10.0, weights: [{{projection: p, interval: 1.7}}]}}
""")
        volley.run(config, directory, ranks=2)
        stops = [s for s in range(0, STEPS + 1, 17) if s >= 100] + [STEPS]
        expected = numpy.array([eager(pre[j], post[i], w, a, stops) for (i, j), w, a in zip(pairs, weights, axonal)]).T
        with h5py.File(os.path.join(directory, "weights.h5")) as file:
            assert file.attrs["seed"] == 1 and "plasticity" in file.attrs["config"]
            assert list(file) == ["weights"] and list(file["weights"]) == ["p"]
            group = file["weights/p"]
            assert sorted(group) == ["delay", "source_node_id", "target_node_id", "time", "weight"]
            kinds = {name: group[name].dtype.str for name in group}
            assert kinds == {"delay": "<f8", "source_node_id": "<u8", "target_node_id": "<u8", "time": "<f8",
                             "weight": "<f4" if precision == "float32" else "<f8"}, kinds
            assert group["delay"].attrs["units"] == group["time"].attrs["units"] == "ms"
            assert group["weight"].attrs["units"] == "1", group["weight"].attrs["units"]
            assert group.attrs["source_population"] == "in" and group.attrs["target_population"] == "out"
            assert list(group["target_node_id"]) == [i for i, _ in pairs]
            assert list(group["source_node_id"]) == [j for _, j in pairs]
            assert list(group["delay"]) == delays
            assert list(group["time"]) == [s / 10 for s in stops]
            data = group["weight"][:].astype(float)
        assert data.shape == expected.shape
        worst = abs(data - expected).max() / W_MAX
        assert worst < tolerance, worst
        changed = (abs(numpy.diff(expected, axis=0)) > 0.01).sum()
        assert changed > 300 and (expected == W_MAX).any() and (expected == 0).any(), changed


NETWORK = """
simulation: {dt: 0.1, duration: 150.0, seed: 5}
populations:
  in: {model: parrot_neuron, size: 37}
  E: {model: iaf_psc_exp, size: 53}
  start: {model: spike_source, size: 2, params: {spike_times: [[0.0, 40.0], [0.0, 0.3]]}}
stimuli:
  drive: {model: poisson, target: in, params: {rate: 60.0, weight: 1.0, delay: 1.0}}
  noise: {model: poisson, target: E, params: {rate: 9000.0, weight: 80.0, delay: 1.5}}
projections:
  wide:
    source: in
    target: {population: E, neurons: {every: 2}}
    connect: {rule: bernoulli, p: 0.3}
    weight: {uniform: {low: 10.0, high: 60.0}}
    delay: {uniform: {low: 0.5, high: 3.0}}
    weight_precision: float64
    plasticity: {rule: stdp, preset: nest_nn_pre_centered, params: {mu_plus: 0.5, lambda: 0.02, w_max: 70.0}}
    dendritic_delay: 0.2
  narrow:
    source: E
    target: E
    connect: {rule: fixed_indegree, indegree: 7}
    weight: 5.0
    delay: {uniform: {low: 0.6, high: 1.5}}
    plasticity: {rule: stdp_triplet}
    dendritic_delay: all
  early: {source: start, target: E, connect: {rule: all_to_all}, weight: 30.0, delay: 0.5, plasticity: {rule: stdp}}
  static: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 5}, weight: -4.0, delay: 1.0}
record:
  spikes: []
  weights: %s
"""
WEIGHTS = "[{projection: wide, interval: 7.3}, {projection: early, interval: 30.0}, {projection: narrow}]"


def datasets(directory):
    """Everything in weights.h5, as bytes."""
    found = {}
    with h5py.File(os.path.join(directory, "weights.h5")) as file:
        file["weights"].visititems(lambda name, item: found.update({name: item[()].tobytes()})
                                   if isinstance(item, h5py.Dataset) else None)
    return found


def test_layouts(directory):
    config = volley.write(directory, "network.yaml", NETWORK % WEIGHTS)
    hashes, first = set(), None
    for ranks, threads, partition, interval in (
            (1, 1, "balanced", "step"), (1, 3, "round_robin", "min_delay"), (2, 1, "block", "step"),
            (2, 2, "balanced", "min_delay"), (3, 1, "round_robin", "3"), (3, 2, "block", "min_delay"),
            (4, 1, "balanced", "4"), (4, 1, "block", "step")):
        run = volley.run(config, directory, ranks=ranks, threads=threads,
                         sets=[f"partition.method={partition}", f"exchange.interval={interval}"])
        found = datasets(directory)
        first = first or found
        assert len(found) == 15 and found == first, (ranks, threads, partition)
        hashes.add(run["weight_hash"])
        calls = run["collective_calls"]
        assert interval != "step" or calls == 1500, calls  # no overflow: few spikes a step
    assert len(hashes) == 1, hashes


def test_snapshots_change_nothing(directory):
    config, hashes, shared = volley.write(directory, "network.yaml", NETWORK % "[]"), set(), {}
    for interval in (None, "", "1.5", "0.7", "4.2", "149.9", "1000.0"):
        weights = "[]" if interval is None else ", ".join(
            f"{{projection: {p}{', interval: ' + interval if interval else ''}}}" for p in ("wide", "narrow", "early"))
        run = volley.run(config, directory, ranks=2, sets=["exchange.interval=min_delay",
                                                           f"record.weights=[{weights.strip('[]')}]"])
        hashes.add(run["weight_hash"])
        assert os.path.exists(os.path.join(directory, "weights.h5")) == (interval is not None)
        if interval is None:
            continue
        with h5py.File(os.path.join(directory, "weights.h5")) as file:
            for name, group in file["weights"].items():
                times = list(group["time"])
                assert times[-1] == 150.0 and (interval or len(times) == 1) and times == sorted(set(times)), times
                assert len(times) == {"": 1, "1.5": 101, "0.7": 216, "4.2": 37, "149.9": 3, "1000.0": 2}[interval]
                for i, time in enumerate(times):  # equal at every time that another run has, too
                    row = group["weight"][i].tobytes()
                    assert shared.setdefault((name, time), row) == row, (name, time, interval)
    assert len(hashes) == 1, hashes
    assert shared["wide", 0.0] != shared["wide", 150.0] and shared["narrow", 0.0] != shared["narrow", 150.0]


def test_nothing_is_left_of_a_failure(directory):
    config = volley.write(directory, "network.yaml", NETWORK % WEIGHTS)
    for sets, environment, code in (
            ([], {"VOLLEY_FAULT": "step:1:700:error"}, 1),
            (["limits.max_rate=1.0", "record.weights=[{projection: wide}]"], {}, 1),
            (["simulation.duration=1.0e+9", "record.weights=[{projection: wide, interval: 0.1}]"], {}, 3)):
        out = os.path.join(directory, f"out{len(os.listdir(directory))}")
        arguments = ["run", config, "-o", out, "-q", "--threads", 1]
        for text in sets:
            arguments += ["--set", text]
        done = volley.start(arguments, 2, environment)
        assert done.returncode == code, done
        assert len([line for line in done.stderr.splitlines() if line.startswith("volley:")]) == 1, done.stderr
        assert not [name for name in os.listdir(out) if name.startswith("weights")], os.listdir(out)


def test_stopped(directory):
    """A run that limits.max_rate stops keeps the snapshots up to there, the same bits as those of a whole run."""
    config = volley.write(directory, "network.yaml", NETWORK % WEIGHTS)
    whole, stopped = os.path.join(directory, "whole"), os.path.join(directory, "stopped")
    volley.run(config, whole, ranks=2)
    done = volley.start(["run", config, "-o", stopped, "-q", "--threads", 1, "--set", "limits.max_rate=20.0"], 3)
    assert done.returncode == 1 and "max_rate" in done.stderr, done.stderr
    assert [name for name in os.listdir(stopped) if name.startswith("weights")] == ["weights.h5"], os.listdir(stopped)
    with h5py.File(os.path.join(whole, "weights.h5")) as a, h5py.File(os.path.join(stopped, "weights.h5")) as b:
        assert sorted(b["weights"]) == ["early", "wide"]  # the third one had its only snapshot at the end
        for name, group in b["weights"].items():
            n = len(group["time"])
            assert 1 <= n < len(a["weights"][name]["time"]), n
            for column in group:
                rows = n if column in ("time", "weight") else None
                assert group[column][:].tobytes() == a["weights"][name][column][:rows].tobytes(), (name, column)


def test_bad_records(directory):
    for weights, words in (("[{projection: static}]", "not plastic: value static"),
                           ("[{projection: wide}, {projection: wide}]", "recorded twice: value wide"),
                           ("[{projection: wid}]", 'did you mean "wide"?'), ("[{interval: 1.0}]", "projection"),
                           ("[{projection: wide, interval: 0.15}]", "interval")):
        config = volley.write(directory, "bad.yaml", NETWORK % weights)
        done = volley.start(["check", config])
        assert done.returncode == 2 and words in done.stderr, done.stderr


if __name__ == "__main__":
    volley.main([test_against_eager, test_layouts, test_snapshots_change_nothing, test_nothing_is_left_of_a_failure,
                 test_stopped, test_bad_records])
