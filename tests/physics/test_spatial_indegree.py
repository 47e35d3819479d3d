# SPDX-License-Identifier: BSD-3-Clause
"""spatial_fixed_indegree: every target has its number of edges, drawn in proportion to the kernel of the distance (chi
square over distances and displacements of all pairs), without multapses as by drawing one after another; and what
happens where there are hardly enough sources. Edges are read from the weights of a rule that does nothing."""
import os
import h5py
import numpy as np
from support import volley

CONFIG = """
simulation: {{dt: 0.1, duration: 1.0, seed: {seed}}}
populations:
  A: {{model: iaf_psc_exp, size: {size}, positions: {a}}}
  B: {{model: iaf_psc_exp, size: {targets}, positions: {b}}}
projections:
  P:
    source: A
    target: {target}
    connect: {{rule: spatial_fixed_indegree, indegree: {indegree}, kernel: {kernel}, multapses: {multapses},
              autapses: false}}
    weight: 1.0
    delay: 1.0
    plasticity: {{rule: noop}}
record: {{weights: [{{projection: P}}]}}
"""
SQUARE = "{uniform: {extent: [1.0, 1.0], edge_wrap: true}}"
OPEN = "{uniform: {extent: [1.0, 1.0]}}"
GRID = "{grid: {shape: [30, 30], extent: [1.0, 1.0]}}"
ROOM = "{uniform: {extent: [0.5, 1.0, 0.7]}}"
BOUND = 4.5  # standard deviations: once in 150,000 by chance


def network(directory, a, b, kernel, indegree, multapses="true", target="B", size=900, targets=200, seed=1, ranks=None,
            threads=1):
    """Edges [targets x sources], and the distances of all pairs with the displacements along x."""
    config = volley.write(directory, "net.yaml", CONFIG.format(
        a=a, b=b, kernel=kernel, indegree=indegree, multapses=multapses, target=target, size=size, targets=targets, seed=seed))
    out = os.path.join(directory, "out")
    run = volley.run(config, out, ranks=ranks, threads=threads)
    places = {}
    with h5py.File(os.path.join(out, "positions.h5")) as file:
        for key in "AB":
            group = file[f"nodes/{key}/0"]
            places[key] = np.stack([group[axis][:] for axis in "xyz" if axis in group], axis=1)
    with h5py.File(os.path.join(out, "weights.h5")) as file:
        source, to = (file[f"weights/P/{end}_node_id"][:].astype(int) for end in ("source", "target"))
    edges = np.zeros((len(places[target]), size), int)
    np.add.at(edges, (to, source), 1)
    step = places["A"][None] - places[target][:, None]
    if "wrap: true" in a:
        step -= np.round(step)  # extents are 1
    return edges, np.sqrt((step ** 2).sum(axis=2)), step[:, :, 0], run


def shape(kernel, d):
    if "gaussian" in kernel:
        value = np.exp(-d * d / (2 * 0.1 ** 2))
    elif "exponential" in kernel:
        value = np.exp(-d / 0.15)
    else:
        return (d <= 0.3).astype(float)
    return np.where(d <= 0.4, value, 0.0) if "cutoff" in kernel else value


def compare(edges, probability, indegree, groups, what):
    """Chi square of the edges by group of pairs; of a target the counts are multinomial."""
    number = groups.max() + 1
    seen = np.bincount(groups.ravel(), weights=edges.ravel(), minlength=number)
    mean = indegree * np.bincount(groups.ravel(), weights=probability.ravel(), minlength=number)
    variance = mean - indegree * sum(np.bincount(g, weights=p, minlength=number) ** 2 for g, p in zip(groups, probability))
    use = variance > 5
    value, freedom = ((seen - mean)[use] ** 2 / variance[use]).sum(), use.sum()
    assert freedom > 5 and abs(value - freedom) < BOUND * np.sqrt(2 * freedom), f"{what}: {value} of {freedom}"


def with_multapses(directory):
    seed = 0
    for kernel in ("{gaussian: {sigma: 0.1}}", "{gaussian: {sigma: 0.1, cutoff: 0.4}}", "{exponential: {tau: 0.15}}",
                   "{exponential: {tau: 0.15, cutoff: 0.4}}", "{disc: {radius: 0.3}}"):
        for a, b in ((SQUARE, SQUARE), (GRID, OPEN), (ROOM, ROOM))[seed % 2:]:
            seed += 1
            edges, distance, along, run = network(directory, a, b, kernel, 60, seed=seed)
            assert (edges.sum(axis=1) == 60).all() and run["network"]["synapses"] == 60 * 200
            weight = shape(kernel, distance)
            assert not edges[weight == 0].any()
            probability = weight / weight.sum(axis=1, keepdims=True)
            compare(edges, probability, 60, (distance * 50).astype(int), f"{a} {kernel}: distance")
            compare(edges, probability, 60, ((along + 2) * 20).astype(int), f"{a} {kernel}: displacement")
            compare(edges, probability, 60, np.broadcast_to(np.arange(900), edges.shape) // 10, f"{a} {kernel}: sources")
    assert seed > 10


def without_multapses(directory):
    """Against draws one after another, made here: half of the sources within reach of a disc or a gaussian; and no
    neuron connects to itself."""
    random = np.random.default_rng(7)
    for seed, kernel in enumerate(("{gaussian: {sigma: 0.1}}", "{disc: {radius: 0.3}}")):
        edges, distance, _, _ = network(directory, SQUARE, SQUARE, kernel, 40, "false", target="A", size=400, seed=seed)
        assert (edges.sum(axis=1) == 40).all() and edges.max() == 1 and not np.diag(edges).any()
        weight = shape(kernel, distance)
        np.fill_diagonal(weight, 0.0)
        assert not edges[weight == 0].any()
        groups, found, repeats = (distance * 40).astype(int), [], 30
        for _ in range(repeats):
            with np.errstate(divide="ignore"):
                keys = random.exponential(size=weight.shape) / weight
            chosen = np.argsort(keys, axis=1)[:, :40]
            found.append(np.bincount(np.take_along_axis(groups, chosen, axis=1).ravel(), minlength=groups.max() + 1))
        mean, spread = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) * np.sqrt(1 + 1 / repeats)
        seen = np.bincount(groups.ravel(), weights=edges.ravel(), minlength=groups.max() + 1)
        use = spread > 2
        assert use.sum() > 5 and (abs(seen - mean)[use] < 6 * spread[use]).all(), (kernel, seen, mean, spread)


def hardly_enough(directory):
    """A disc with about as many sources as are wanted: taken to the last one, or refused with a message."""
    edges, distance, _, _ = network(directory, GRID, GRID, "{disc: {radius: 0.05}}", 3, "false", target="A", targets=900)
    within = (distance <= 0.05).sum(axis=1) - 1
    assert within.min() == 3 and (edges.sum(axis=1) == 3).all() and edges.max() == 1
    config = volley.write(directory, "few.yaml", CONFIG.format(
        a=GRID, b=GRID, kernel="{disc: {radius: 0.05}}", indegree=4, multapses="false", target="A", size=900, targets=900,
        seed=1))
    done = volley.start(["run", config, "-o", os.path.join(directory, "few")], ranks=2)
    assert done.returncode == 2 and "has 3 sources within reach of the kernel; indegree 4" in done.stderr, done.stderr
    # the corner of a gaussian, where the last sources are 1e12 times less likely than the first
    edges, _, _, _ = network(directory, GRID, GRID, "{gaussian: {sigma: 0.1}}", 500, "false", target="B", targets=900)
    assert (edges.sum(axis=1) == 500).all() and edges.max() == 1


def layouts(directory):
    hashes = {network(directory, SQUARE, OPEN.replace("]}", "], edge_wrap: true}"), "{gaussian: {sigma: 0.1}}", 700, multapses,
                      ranks=ranks, threads=threads)[3]["connection_hash"] + multapses
              for multapses in ("true", "false") for ranks, threads in ((1, 1), (3, 1), (2, 2))}
    assert len(hashes) == 2, hashes


volley.main([with_multapses, without_multapses, hardly_enough, layouts])
