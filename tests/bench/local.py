#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes a network whose neurons know only their neighbours, to compare partitions and exchanges:

    tests/bench/local.py DIR [--shape ring|sheet|chain] [--size N] [--near K] [--shuffle]

ring: every neuron gets spikes of the K nearest on a ring; sheet: of those within a radius that holds about K, on a
torus; chain: populations of 100, each driving the next. DIR gets local.yaml, and edges.h5 for ring and sheet.
--shuffle numbers the neurons at random, so that ranges of numbers are no regions. For instance:

    tests/bench/local.py /tmp/ring --shuffle
    mpirun -n 8 build/release/volley run /tmp/ring/local.yaml --set partition.method=scotch --set exchange.method=neighbour
"""
import argparse
import os

import h5py
import numpy

HEAD = """simulation: {dt: 0.1, duration: 200.0, seed: 7}
populations:
"""
CELL = "{model: iaf_psc_exp, size: %d, expected_rate: 10.0, init: {V_m: {uniform: {low: -70.0, high: -55.0}}}}"
STIMULI = """stimuli:
  drive: {model: poisson, target: [%s], params: {rate: 8000.0, weight: 28.5, delay: 1.0}}
projections:
"""


def ring(size, near):
    offsets = numpy.concatenate([numpy.arange(-(near // 2), 0), numpy.arange(1, near - near // 2 + 1)])
    target = numpy.repeat(numpy.arange(size), len(offsets))
    return (target + numpy.tile(offsets, size)) % size, target


def sheet(size, near):
    side = int(round(size ** 0.5))
    reach = int((near / numpy.pi) ** 0.5 + 1)
    dx, dy = numpy.meshgrid(numpy.arange(-reach, reach + 1), numpy.arange(-reach, reach + 1))
    inside = (dx ** 2 + dy ** 2 <= near / numpy.pi) & ((dx != 0) | (dy != 0))
    dx, dy = dx[inside], dy[inside]
    target = numpy.repeat(numpy.arange(side * side), len(dx))
    x, y = target % side + numpy.tile(dx, side * side), target // side + numpy.tile(dy, side * side)
    return x % side + y % side * side, target


def write_edges(directory, source, target, shuffle):
    if shuffle:
        number = numpy.random.default_rng(1).permutation(target.max() + 1)
        source, target = number[source], number[target]
    with h5py.File(os.path.join(directory, "edges.h5"), "w") as file:
        file["source"], file["target"] = source, target


def write(directory, shape, size, near, shuffle):
    """Writes the network; returns the path of its config."""
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "local.yaml")
    if shape == "chain":
        order = numpy.arange(size // 100)
        if shuffle:
            order = numpy.random.default_rng(1).permutation(order)
        names = [f"P{i}" for i in order]
        links = "".join(f"  P{i}_to_P{i + 1}: {{source: P{i}, target: P{i + 1}, connect: {{rule: fixed_indegree, "
                        f"indegree: {near}}}, weight: 8.0, delay: 1.5}}\n" for i in range(len(names) - 1))
    else:
        source, target = (ring if shape == "ring" else sheet)(size, near)
        write_edges(directory, source, target, shuffle)
        size, names = int(target.max()) + 1, ["cells"]
        links = "  near: {source: cells, target: cells, connect: {rule: list, file: edges.h5}, weight: 8.0, delay: 1.5}\n"
    cells = "".join(f"  {name}: {CELL % (100 if shape == 'chain' else size)}\n" for name in names)
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD + cells + STIMULI % ", ".join(names) + links)
    return path


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--shape", choices=("ring", "sheet", "chain"), default="ring")
    parser.add_argument("--size", type=int, default=20000)
    parser.add_argument("--near", type=int, default=50)
    parser.add_argument("--shuffle", action="store_true")
    options = parser.parse_args()
    print(write(options.directory, options.shape, options.size, options.near, options.shuffle))
