# SPDX-License-Identifier: BSD-3-Clause
"""Initial weights from the weights.h5 of another run: the same bits, at any layout; different synapses are refused."""
import os
import h5py
import numpy
from support import volley

NETWORK = """
simulation: {dt: 0.1, duration: 100.0, seed: 5}
populations:
  in: {model: parrot_neuron, size: 37}
  E: {model: iaf_psc_exp, size: 53}
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
    plasticity: &plasticity {rule: stdp, preset: nest, params: {lambda: 0.03, w_max: 70.0}}
    dendritic_delay: 0.2
  narrow:
    source: E
    target: E
    connect: {rule: fixed_outdegree, outdegree: 7}
    weight: 5.0
    delay: {uniform: {low: 0.6, high: 1.5}}
    plasticity: *plasticity
    dendritic_delay: all
record:
  weights: [{projection: wide, interval: 20.0}, {projection: narrow}]
"""
FROM = "{{file: {0}, projection: {1}, time: {2}}}"


def snapshots(directory, projection):
    with h5py.File(os.path.join(directory, "weights.h5")) as file:
        return file[f"weights/{projection}/weight"][:]


def trained(directory):
    out, config = os.path.join(directory, "training"), volley.write(directory, "network.yaml", NETWORK)
    if not os.path.exists(out):
        volley.run(config, out, ranks=2)
    return out, config


def sets(*texts):
    return [f"projections.{text}" for text in texts]


def test_same_bits(directory):
    """Weights at the start are those at the end of the training, and go on from there the same on every layout."""
    out, config = trained(directory)
    ends = {name: snapshots(out, name)[-1] for name in ("wide", "narrow")}
    first = snapshots(out, "wide")[0]
    assert (ends["wide"] != first).mean() > 0.5
    use, hashes = os.path.join(directory, "use"), set()
    for ranks, threads, partition in ((1, 1, "balanced"), (2, 2, "block"), (3, 1, "round_robin"), (4, 1, "balanced")):
        run = volley.run(config, use, ranks=ranks, threads=threads, sets=[
            f"partition.method={partition}", "record.weights=[{projection: wide, interval: 50.0}, "
            "{projection: narrow, interval: 50.0}]",
            *sets("wide.weight=" + FROM.format(out, "wide", "last"), "narrow.weight=" + FROM.format("training", "narrow", "last"))])
        hashes.add((run["weight_hash"], run["connection_hash"], run["spike_hash"]))
        for name, end in ends.items():
            got = snapshots(use, name)
            assert got[0].tobytes() == end.tobytes() and got[-1].tobytes() != end.tobytes(), (name, ranks)
    assert len(hashes) == 1, hashes


def test_time(directory):
    out, config = trained(directory)
    use = os.path.join(directory, "use")
    for time, row in (("0.0", 0), ("40.0", 2), ("100.0", 5)):
        volley.run(config, use, ranks=2, sets=sets("wide.weight=" + FROM.format(out, "wide", time)))
        assert snapshots(use, "wide")[0].tobytes() == snapshots(out, "wide")[row].tobytes()
    assert snapshots(out, "wide")[0].tobytes() != snapshots(out, "wide")[2].tobytes()


def test_frozen(directory):
    """A static projection with trained weights gives the spikes of a plastic one that does not change."""
    out, config = trained(directory)
    weight = "wide.weight=" + FROM.format(out, "wide", "last")
    plain = volley.write(directory, "frozen.yaml", NETWORK.replace("plasticity: &plasticity", "x: &plasticity").replace(
        "    x: &plasticity {rule: stdp, preset: nest, params: {lambda: 0.03, w_max: 70.0}}\n", "").replace(
            "*plasticity", "{rule: stdp, preset: nest, params: {lambda: 0.03, w_max: 70.0}}").replace(
                "    dendritic_delay: 0.2\n", "").replace("{projection: wide, interval: 20.0}, ", ""))
    runs = [volley.run(plain, os.path.join(directory, "a"), ranks=2, sets=sets(weight)),
            volley.run(config, os.path.join(directory, "b"), ranks=3,
                       sets=sets(weight, "wide.plasticity.params.lambda=0.0")),
            volley.run(plain, os.path.join(directory, "c"), ranks=1, threads=2)]
    assert runs[0]["connection_hash"] == runs[1]["connection_hash"] != runs[2]["connection_hash"]
    assert runs[0]["spike_hash"] != runs[2]["spike_hash"]
    done = volley.start(["check", plain, "--set", *sets(weight)])
    assert done.returncode == 0 and f"weight of wide in {out}, " in done.stdout, done.stdout


def test_refused(directory):
    out, config = trained(directory)
    weight = "wide.weight=" + FROM.format(out, "wide", "last")
    swapped = os.path.join(directory, "swapped")
    volley.run(config, swapped, ranks=1)
    with h5py.File(os.path.join(swapped, "weights.h5"), "r+") as file:
        sources = file["weights/wide/source_node_id"]
        at = next(i for i in range(len(sources) - 1) if sources[i] < 36 and sources[i + 1] > sources[i] + 1)
        neuron = int(file["weights/wide/target_node_id"][at])
        sources[at] += 1
    for texts, words, where in (
            (sets(weight, "wide.connect.p=0.2"), "different synapses", "run"),
            (sets(weight, "wide.connect.p=0.5"), "different synapses", "run"),
            (sets(weight, "wide.delay=1.0"), "a delay of 1 ms", "run"),
            (sets(weight, "wide.target={population: E, neurons: {first: 3}}"), "the projection cannot have", "run"),
            (["simulation.seed=6", *sets(weight)], "different synapses", "run"),
            (sets("wide.weight=" + FROM.format(swapped, "wide", "last")), f"of neuron {neuron} comes from", "run"),
            (sets("wide.weight=" + FROM.format(out, "wide", "41.0")), "the nearest is 40 ms", "check"),
            (sets("wide.weight=" + FROM.format(out, "wid", "last")), "holds no weights of projection wid", "check"),
            (sets("wide.weight=" + FROM.format("none", "wide", "last")), "holds no weights.h5", "check"),
            (sets("wide.weight={file: x, projection: wide, tim: last}"), 'did you mean "time"?', "check"),
            (sets("wide.weight={projection: wide}"), "file", "check"),
            (["scale={indegrees: 0.5}", "stimuli.drive=null", "projections.narrow=null", "record.weights=null",
              "populations.in.expected_rate=9.0", *sets(weight)], "cannot be scaled: value scale.indegrees 0.5; allowed 1", "check"),
            (sets(weight, "wide.plasticity.params.w_max=20.0"), "outside the bounds of stdp", "check")):
        arguments = [where, config] + (["-o", os.path.join(directory, "bad"), "-q"] if where == "run" else [])
        for text in texts:
            arguments += ["--set", text]
        done = volley.start(arguments, 3 if where == "run" else None)
        assert done.returncode == 2 and words in done.stderr, (texts, done.returncode, done.stderr)
        assert len([line for line in done.stderr.splitlines() if line.startswith("volley:")]) == 1, done.stderr
        assert not os.path.exists(os.path.join(directory, "bad", "run.json"))


if __name__ == "__main__":
    volley.main([test_same_bits, test_time, test_frozen, test_refused])
