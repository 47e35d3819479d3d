# SPDX-License-Identifier: BSD-3-Clause
"""Networks written as SONATA: the same files on any number of ranks, with an index that is right; read back, they give
the same connections, spikes and weights."""
import json
import os
import shutil

import h5py
import numpy as np
from support import sonata, volley

NETWORK = os.path.join(volley.SOURCE, "tests", "invariance", "network.yaml")
EXAMPLE = os.path.join(volley.SOURCE, "..", "shared", "sonata_example", "300_pointneurons")

PLASTIC = """
simulation: {dt: 0.1, duration: 300.0, seed: 3}
populations:
  E: {model: iaf_psc_exp, size: 60, params: {I_e: {uniform: {low: 200, high: 600}}}}
projections:
  fixed: {source: E, target: E, connect: {rule: bernoulli, p: 0.1}, weight: -30, delay: 1.0}
  P:
    source: {population: E, neurons: {every: 2}}
    target: {population: E, neurons: {range: [10, 50]}}
    connect: {rule: fixed_indegree, indegree: 9}
    weight: {uniform: {low: 20, high: 60}}
    delay: {uniform: {low: 0.5, high: 3.0}}
    plasticity: {rule: stdp, params: {w_max: 100, lambda: 0.05}}
record: {weights: [{projection: P, interval: 100.0}]}
"""


def export(config, directory, ranks=None, more=()):
    done = volley.start(["export", config, "-o", directory, *more], ranks)
    assert done.returncode == 0, done.stderr


def contents(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[:] if isinstance(item, h5py.Dataset) else None}))
        assert int(file.attrs["magic"]) == 0x0A7A and list(file.attrs["version"]) == [0, 1]
        assert "volley_version" in file.attrs
    return found


def same(a, b):
    """Files of the same name hold the same."""
    assert sorted(os.listdir(a)) == sorted(os.listdir(b))
    for name in os.listdir(a):
        if name.endswith(".h5"):
            left, right = contents(os.path.join(a, name)), contents(os.path.join(b, name))
            assert left.keys() == right.keys()
            for key, values in left.items():
                assert np.array_equal(values, right[key]) and getattr(values, "dtype", 0) == getattr(
                    right[key], "dtype", 0), (name, key)
        elif os.path.isfile(os.path.join(a, name)):
            with open(os.path.join(a, name), "rb") as x, open(os.path.join(b, name), "rb") as y:
                assert x.read() == y.read(), name


def check_index(path):
    """The ranges of a node hold its edges and no others, by target and by source; edges are sorted by target."""
    with h5py.File(path) as file:
        for name, group in file["edges"].items():
            assert np.all(np.diff(group["target_node_id"][:].astype(int)) >= 0), name
            for side, end in (("target_to_source", "target"), ("source_to_target", "source")):
                ends, index = group[f"{end}_node_id"][:], group[f"indices/{side}"]
                nodes, ranges = index["node_id_to_ranges"][:].astype(int), index["range_to_edge_id"][:].astype(int)
                assert np.array_equal(nodes, index["node_id_to_range"][:])
                assert len(ranges) == sum(end - first for first, end in nodes) and np.all(ranges[:, 0] < ranges[:, 1])
                for node, (first, end) in enumerate(nodes):
                    edges = [i for a, b in ranges[first:end] for i in range(a, b)]
                    assert np.array_equal(edges, np.flatnonzero(ends == node)), (name, side, node)
            target = group["target_node_id"]
            assert list(group["edge_group_index"]) == list(range(len(target))) and not np.any(group["edge_group_id"])
            for end in ("source", "target"):
                assert isinstance(group[f"{end}_node_id"].attrs["node_population"], str)


POSITIONS = """
simulation: {dt: 0.1, duration: 60.0, seed: 3}
populations:
  S: {model: spike_source, size: 12, positions: {uniform: {extent: [2.0, 1.0]}}, params: {spike_times: [[1.0, 2.0], [3.0]]}}
  E: {model: iaf_psc_exp, size: 60, params: {I_e: {uniform: {low: 200, high: 600}}},
      positions: {grid: {shape: [10, 6], extent: [0.3, 0.7], center: [0.1, 0.2], edge_wrap: true}}}
  N: {model: iaf_psc_exp, size: 5}
  L: {model: iaf_psc_alpha, size: 3, positions: {file: cells.csv, dimensions: 3}}
projections:
  P: {source: E, target: E, connect: {rule: spatial_bernoulli, p: 0.8, kernel: {gaussian: {sigma: 0.05}}},
      weight: {linear: {offset: 80.0, slope: -20.0}}, delay: {linear: {offset: 0.5, slope: 2.0}}}
  Q: {source: S, target: N, connect: {rule: all_to_all}, weight: 500.0, delay: 1.0}
record: {spikes: [E, N, L]}
"""


def test_positions(directory):
    """They stand as SONATA's x, y and z in nodes.h5, and the network that comes out has them again, bit for bit."""
    volley.write(directory, "cells.csv", "x,y,z\n0.1,0.2,0.3\n-1.7,1e-3,5\n0.3333333333333333,0,7\n")
    config, out = volley.write(directory, "positions.yaml", POSITIONS), os.path.join(directory, "sonata")
    export(config, out, 2)
    expected = volley.run(config, os.path.join(directory, "expected"))
    found = volley.run(os.path.join(out, "network.yaml"), os.path.join(directory, "found"), ranks=2)
    assert [found[key] for key in volley.HASHES[:1]] == [expected[key] for key in volley.HASHES[:1]]
    positions, again = (contents(os.path.join(directory, name, "positions.h5")) for name in ("expected", "found"))
    assert positions.keys() == again.keys() and "nodes/L/0/z" in positions
    for key, values in positions.items():
        assert values is None or np.array_equal(values, again[key]), key
    with h5py.File(os.path.join(out, "nodes.h5")) as file:
        for name, axes in (("S", "xy"), ("E", "xy"), ("L", "xyz")):
            for axis in axes:
                assert np.array_equal(file[f"nodes/{name}/0/{axis}"][:], positions[f"nodes/{name}/0/{axis}"])
        assert "x" not in file["nodes/N/0"]
    text = volley.start(["check", os.path.join(out, "network.yaml")]).stdout
    assert "from a file in 0.3 x 0.7 mm, edges wrap" in text, text


def test_round_trip(directory):
    """The network of the invariance tests: all rules, models, receptors and precisions, plastic projections, stimuli."""
    expected = volley.run(NETWORK, os.path.join(directory, "expected"), ranks=2)
    for ranks in (1, 2, 3, 4):
        out = os.path.join(directory, f"sonata{ranks}")
        export(NETWORK, out, ranks)
        if ranks > 1:
            same(os.path.join(directory, "sonata1"), out)
    check_index(os.path.join(directory, "sonata1", "edges.h5"))
    for ranks, threads in ((1, 2), (2, 1), (3, 1)):
        found = volley.run(os.path.join(directory, "sonata3", "network.yaml"), os.path.join(directory, "found"), ranks,
                           threads)
        for key in (*volley.HASHES, "network", "seed", "simulated_ms"):
            assert found[key] == expected[key], (ranks, key)


def test_sonata_to_sonata(directory):
    """A SONATA network, with its spikes and clamps, comes out as one."""
    path, _, _ = sonata.make(os.path.join(directory, "in"), {"own": True, "nsyns": True, "permuted": True}, 4)
    expected = volley.run(path, os.path.join(directory, "a"))
    export(path, os.path.join(directory, "out"), 3)
    found = volley.run(os.path.join(directory, "out", "network.yaml"), os.path.join(directory, "b"), 2)
    assert [found[key] for key in volley.HASHES] == [expected[key] for key in volley.HASHES]
    if not os.path.exists(EXAMPLE):
        print("skipped: no", EXAMPLE)
        return
    export(os.path.join(EXAMPLE, "simulation_config.json"), os.path.join(directory, "points"), 2)
    found = volley.run(os.path.join(directory, "points", "simulation_config.json"), os.path.join(directory, "c"), 2)
    assert found["network"]["synapses"] == 48432 and found["populations"]["internal"]["spikes"] == 18828


def test_trained(directory):
    config, results = volley.write(directory, "net.yaml", PLASTIC), os.path.join(directory, "results")
    volley.run(config, results, ranks=2)
    with h5py.File(os.path.join(results, "weights.h5")) as file:
        trained = {name: file["weights/P"][name][:] for name in file["weights/P"]}
    assert not np.array_equal(trained["weight"][0], trained["weight"][-1])
    for ranks in (1, 4):
        out = os.path.join(directory, str(ranks))
        export(config, out, ranks, ["--trained", results])
        with h5py.File(os.path.join(out, "edges.h5")) as file:
            group = file["edges/P"]
            assert group["0/syn_weight"].dtype == np.float32
            assert np.array_equal(group["0/syn_weight"][:], trained["weight"][-1])
            for name in ("source_node_id", "target_node_id"):
                assert np.array_equal(group[name][:], trained[name])
            assert np.array_equal(group["0/delay"][:], trained["delay"])
            assert "syn_weight" not in file["edges/fixed/0"]  # a number of its type
    again = volley.run(config, os.path.join(directory, "again"),
                       sets=[f"projections.P.weight={{file: {results}, projection: P}}"])
    found = volley.run(os.path.join(directory, "4", "network.yaml"), os.path.join(directory, "found"), 3)
    assert [found[key] for key in volley.HASHES] == [again[key] for key in volley.HASHES]


def test_refused(directory):
    config, out = volley.write(directory, "net.yaml", PLASTIC), os.path.join(directory, "out")
    export(config, out)
    cases = ((["-o", out], "holds a network"), ([], "a config needs -o DIR"), (["--frob"], "unknown option --frob"),
             (["-o", out, "--trained", directory], "holds no weights"),
             (["-o", out, "--overwrite", "--set", "simulation.dt=-1"], "simulation.dt"),
             (["-o", os.path.join(config, "below")], "below"))
    for ranks in (None, 2):
        for arguments, message in cases:
            done = volley.start(["export", config, *arguments], ranks)
            assert done.returncode == 2 and message in done.stderr, (arguments, done.returncode, done.stderr)
            assert done.stderr.count("volley: ") == 1, done.stderr
    smaller = volley.write(directory, "small.yaml", PLASTIC.split("  P:")[0] + "scale: {indegrees: 0.5}\n")
    done = volley.start(["export", smaller, "-o", out, "--overwrite", "--set", "populations.E.expected_rate=5"])
    assert done.returncode == 2 and "scale.indegrees: SONATA" in done.stderr, done.stderr
    export(config, out, more=["--overwrite"])
    with open(os.path.join(out, "circuit_config.json"), encoding="utf-8") as file:
        assert list(json.load(file)["networks"]["edges"][0]["populations"]) == ["fixed", "P"]
    shutil.rmtree(out)


volley.main([test_positions, test_round_trip, test_sonata_to_sonata, test_trained, test_refused])
