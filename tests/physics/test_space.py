# SPDX-License-Identifier: BSD-3-Clause
"""Positions, and what depends on distance, against all pairs of neurons: with probability 1 inside a disc the edges
are known one by one, with other kernels their statistics. Edges are read from the weights of a rule that does nothing."""
import os
import re
import h5py
import numpy as np
from support import volley

CONFIG = """
simulation: {{dt: 0.1, duration: 1.0, seed: {seed}}}
populations:
  A: {{model: iaf_psc_exp, size: {size}, positions: {a}}}
  B: {{model: iaf_psc_exp, size: 300, positions: {b}}}
projections:
  P:
    source: {source}
    target: {target}
    connect: {{rule: spatial_bernoulli, p: {p}, kernel: {kernel}, autapses: {autapses}}}
    weight: {{linear: {{offset: 0.9, slope: -0.1}}}}
    delay: {{linear: {{offset: 0.3, slope: 2.0}}}}
    weight_precision: float64
    plasticity: {{rule: noop}}
record: {{weights: [{{projection: P}}]}}
"""
BOUND = 4.5  # standard deviations: once in 150,000 by chance


class Network:
    """A run, its positions from positions.h5 and its edges from weights.h5."""

    def __init__(self, directory, name, a, b, kernel, p=1.0, source="A", target="B", autapses="true", size=1000, seed=1,
                 ranks=None):
        text = CONFIG.format(a=a, b=b, kernel=kernel, p=p, source=source, target=target, autapses=autapses, size=size,
                             seed=seed)
        self.config = volley.write(directory, name + ".yaml", text)
        where = os.path.join(directory, name)
        self.run = volley.run(self.config, where, ranks=ranks)
        self.where = where
        self.positions = {}
        with h5py.File(os.path.join(where, "positions.h5")) as file:
            for key in ("A", "B"):
                group = file[f"nodes/{key}/0"]
                self.positions[key] = np.stack([group[axis][:] for axis in "xyz" if axis in group], axis=1)
                assert group["x"].attrs["units"] == "mm"
                assert (file[f"nodes/{key}/node_group_index"][:] == np.arange(len(group["x"]))).all()
        with h5py.File(os.path.join(where, "weights.h5")) as file:
            group = file["weights/P"]
            self.source, self.targets = group["source_node_id"][:].astype(int), group["target_node_id"][:].astype(int)
            self.delay, self.weight = group["delay"][:], group["weight"][-1]

        def ends(text):
            found = re.match(r"\{population: (\w), neurons: \{every: (\d+)\}\}", text)
            name, every = (found[1], int(found[2])) if found else (text, 1)
            return name, np.arange(0, len(self.positions[name]), every)

        self.source_name, self.source_ids = ends(source)
        self.target_name, self.target_ids = ends(target)

    def distances(self, extent=None):
        """[targets x sources], the nearer way round where there is an extent."""
        s = self.positions[self.source_name][self.source_ids]
        t = self.positions[self.target_name][self.target_ids]
        d = np.abs(s[None, :, :] - t[:, None, :])
        if extent is not None:
            d = np.minimum(d, np.array(extent) - d)
        return np.sqrt((d ** 2).sum(axis=2))

    def matrix(self):
        """How often each pair is connected."""
        found = np.zeros((len(self.target_ids), len(self.source_ids)), int)
        np.add.at(found, (np.searchsorted(self.target_ids, self.targets), np.searchsorted(self.source_ids, self.source)), 1)
        return found

    def expected(self):
        """Synapses that `volley check` expects."""
        return float(re.search(r"P: .*?, (\d+) synapses", volley.start(["check", self.config]).stdout)[1])


GRID = "{grid: {shape: [40, 25], extent: [2.0, 1.0], edge_wrap: WRAP}}"
PLANE = "{uniform: {extent: [2.0, 1.0], edge_wrap: WRAP}}"
ROOM = "{uniform: {extent: [1.0, 2.0, 0.5], center: [0.0, 0.5, 0.0], edge_wrap: WRAP}}"
BLOCK = "{grid: {shape: [10, 20, 5], extent: [1.0, 2.0, 0.5], center: [0.0, 0.5, 0.0], edge_wrap: WRAP}}"
LINE = "{uniform: {extent: [3.0], edge_wrap: WRAP}}"


def test_positions(directory):
    net = Network(directory, "grid", GRID.replace("WRAP", "false"), PLANE.replace("WRAP", "false"), "{disc: {radius: 0.1}}")
    i = np.arange(1000)  # columns from left to right, in each from top to bottom
    expected = np.stack([-1.0 + 2.0 * (i // 25 + 0.5) / 40, 0.5 - (i % 25 + 0.5) / 25], axis=1)
    assert np.abs(net.positions["A"] - expected).max() < 1e-12
    room = Network(directory, "room", ROOM.replace("WRAP", "false"), BLOCK.replace("WRAP", "false").replace("[10, 20, 5]", "[6, 10, 5]"),
                   "{disc: {radius: 0.1}}", size=8000)
    low, extent = np.array([-0.5, -0.5, -0.25]), np.array([1.0, 2.0, 0.5])
    share = (room.positions["A"] - low) / extent
    assert share.min() > 0 and share.max() < 1
    cells = np.zeros((4, 4, 4))
    np.add.at(cells, tuple((share * 4).astype(int).T), 1)
    value = ((cells - 125) ** 2 / 125).sum()
    assert abs(value - 63) / np.sqrt(2 * 63) < BOUND, value
    i = np.arange(300)
    expected = np.stack([-0.5 + (i // 50 + 0.5) / 6, 1.5 - 2 * (i // 5 % 10 + 0.5) / 10, -0.25 + 0.5 * (i % 5 + 0.5) / 5], axis=1)
    assert np.abs(room.positions["B"] - expected).max() < 1e-12
    other = Network(directory, "other", ROOM.replace("WRAP", "false"), BLOCK.replace("WRAP", "false").replace("[10, 20, 5]", "[6, 10, 5]"),
                    "{disc: {radius: 0.1}}", size=8000, seed=2, ranks=3)
    assert (other.positions["A"] != room.positions["A"]).all() and (other.positions["B"] == room.positions["B"]).all()


def check_disc(net, radius, extent, autapses):
    distances = net.distances(extent)
    inside = distances <= radius
    edge = np.abs(distances - radius) < 1e-9  # either way, by rounding
    if autapses == "false" and net.source_name == net.target_name:
        inside &= net.target_ids[:, None] != net.source_ids[None, :]
    found = net.matrix()
    wrong = (found != inside) & ~edge
    assert not wrong.any(), f"{wrong.sum()} pairs of {inside.sum()}"
    assert found.max() == 1 and 0 < found.sum() < found.size
    d = distances[np.searchsorted(net.target_ids, net.targets), np.searchsorted(net.source_ids, net.source)]
    steps = np.floor((0.3 + 2.0 * d) / 0.1 + 0.5 + 1e-9)
    assert (np.abs(net.delay - steps * 0.1) < 1e-9).all()
    assert (np.abs(net.weight - (0.9 - 0.1 * d)) < 1e-12).all()
    assert len(np.unique(steps)) > 2


def test_disc(directory):
    """All pairs up to a distance, whatever the positions, axes and edges; delays and weights of each."""
    cells = np.random.default_rng(1).normal(size=(1000, 3)) * 0.3
    with open(os.path.join(directory, "cells.csv"), "w", encoding="utf-8") as file:
        file.write("id,z,x,y\n" + "".join(f"{i},{z!r},{x!r},{y!r}\n" for i, (x, y, z) in enumerate(cells.tolist())))
    with h5py.File(os.path.join(directory, "cells.h5"), "w") as file:
        for axis, name in enumerate("xyz"):
            file[f"nodes/A/0/{name}"] = cells[:, axis]
            file[name] = cells[:, axis]
    smaller = {"[40, 25]": "[20, 15]", "[10, 20, 5]": "[6, 10, 5]"}
    ends = (("A", "B", "true"), ("B", "A", "true"), ("A", "A", "false"), ("A", "{population: A, neurons: {every: 7}}", "true"),
            ("{population: A, neurons: {every: 3}}", "A", "false"))
    count = 0
    for a, b, extent, radius in ((GRID, PLANE, (2.0, 1.0), 0.3), (PLANE, GRID, (2.0, 1.0), 0.47), (PLANE, PLANE, (2.0, 1.0), 0.9),
                                 (GRID, GRID, (2.0, 1.0), 0.2), (ROOM, BLOCK, (1.0, 2.0, 0.5), 0.4),
                                 (BLOCK, ROOM, (1.0, 2.0, 0.5), 0.24), (LINE, LINE, (3.0,), 0.2)):
        for wrap in ("true", "false"):
            for source, target, autapses in (ends[count % 5], ends[(count + 3) % 5]):
                places = [text.replace("WRAP", wrap) for text in (a, b)]
                for old, new in smaller.items():
                    places[1] = places[1].replace(old, new)
                net = Network(directory, f"disc{count}", *places, f"{{disc: {{radius: {radius}}}}}", source=source,
                              target=target, autapses=autapses)
                check_disc(net, radius, extent if wrap == "true" else None, autapses)
                count += 1
                synapses, expected = net.run["network"]["synapses"], net.expected()
                assert abs(synapses / expected - 1) < 0.1, (synapses, expected)
    room = "{uniform: {extent: [3.0, 3.0, 3.0]}}"
    for number, file in enumerate(("file: cells.csv", "file: cells.h5, group: nodes/A/0", "file: cells.h5")):
        net = Network(directory, f"file{number}", f"{{{file}, dimensions: 3}}", room, "{disc: {radius: 0.5}}")
        assert (net.positions["A"] == cells).all()
        check_disc(net, 0.5, None, "true")
        net = Network(directory, f"around{number}", f"{{{file}, dimensions: 3, extent: [3.0, 3.0, 3.0], edge_wrap: true}}",
                      "{uniform: {extent: [3.0, 3.0, 3.0], edge_wrap: true}}", "{disc: {radius: 0.9}}")
        check_disc(net, 0.9, (3.0, 3.0, 3.0), "true")
        assert abs(net.run["network"]["synapses"] / net.expected() - 1) < 1e-3  # a list is gone through
    # targets far away from all sources, on both sides, and some near
    apart = "{uniform: {extent: [0.2, 30.0], center: [1.2, 0.0]}}"
    net = Network(directory, "apart", GRID.replace("WRAP", "false"), apart, "{disc: {radius: 0.5}}")
    check_disc(net, 0.5, None, "true")
    print(f"{count + 7} networks, every pair")


def check_kernel(net, p, extent, kernel, where):
    """Edges over distance, along each axis, over targets and over sources, against the sum of their probabilities."""
    probability = p * kernel(net.distances(extent))
    found = net.matrix()
    assert found.max() <= 1
    variance = probability * (1 - probability)

    def compare(groups, what, least):
        number = groups.max() + 1
        seen, mean, spread = (np.bincount(groups.ravel(), weights=x.ravel(), minlength=number)
                              for x in (found, probability, variance))
        use = spread > least
        value, freedom = ((seen - mean)[use] ** 2 / spread[use]).sum(), use.sum()
        z = (value - freedom) / np.sqrt(2 * freedom)
        assert freedom > 5 and abs(z) < BOUND, f"{where}: {what}: {value} of {freedom}"
        rare, expected = seen[~use].sum(), mean[~use].sum()
        assert abs(rare - expected) < BOUND * np.sqrt(expected + 10), f"{where}: {what}: {rare} rare, not {expected}"

    distances = net.distances(extent)
    compare((distances * 50).astype(int), "distance", 5)
    s, t = net.positions[net.source_name][net.source_ids], net.positions[net.target_name][net.target_ids]
    for axis in range(s.shape[1]):
        compare(((s[None, :, axis] - t[:, None, axis] + 10) * 20).astype(int), f"displacement along axis {axis}", 5)
    compare(np.broadcast_to(np.arange(len(t))[:, None], found.shape), "targets", 2)
    compare(np.broadcast_to(np.arange(len(s))[None, :], found.shape), "sources", 2)
    z = (found.sum() - probability.sum()) / np.sqrt(variance.sum())
    assert abs(z) < BOUND, f"{where}: total {z}"
    return probability.sum(), z


def test_kernels(directory):
    shapes = {"gaussian": lambda width, d: np.exp(-d * d / (2 * width * width)), "exponential": lambda width, d: np.exp(-d / width)}
    names = {"gaussian": "sigma", "exponential": "tau"}
    kernels = (("gaussian", 0.15, None, 0.8), ("exponential", 0.1, None, 1.0), ("exponential", 0.3, 0.45, 0.3),
               ("gaussian", 0.4, 0.6, 1.0))
    count, together = 0, 0.0
    for a, b, extent in ((PLANE, GRID, (2.0, 1.0)), (GRID, GRID, (2.0, 1.0)), (ROOM, ROOM, (1.0, 2.0, 0.5)), (LINE, LINE, (3.0,))):
        for wrap in ("true", "false"):
            for kind, width, cutoff, p in kernels[::2] if (wrap == "true") == (len(extent) == 2) else kernels[1::2]:
                end = f", cutoff: {cutoff}" if cutoff else ""
                net = Network(directory, f"kernel{count}", a.replace("WRAP", wrap), b.replace("WRAP", wrap).replace("[40, 25]", "[20, 15]"),
                              f"{{{kind}: {{{names[kind]}: {width}{end}}}}}", p=p, seed=count + 1)
                sum_p, z = check_kernel(net, p, extent if wrap == "true" else None,
                                     lambda d, k=kind, w=width, c=cutoff or np.inf: np.where(d <= c, shapes[k](w, d), 0.0),
                                     f"{a} {b} {wrap} {kind} {width} {cutoff} {p}")
                # of random places the mean over all of them, else of these
                assert abs(net.expected() / sum_p - 1) < 0.06, (net.expected(), sum_p)
                together += z
                count += 1
    assert abs(together / np.sqrt(count)) < BOUND, f"all together {together / np.sqrt(count)}"
    print(f"{count} networks")


def test_expected_exactly(directory):
    """On two equal grids, and with a distance of a neuron to itself."""
    for wrap, extent in (("true", (2.0, 1.0)), ("false", None)):
        for autapses in ("true", "false"):
            net = Network(directory, f"{wrap}{autapses}", GRID.replace("WRAP", wrap), PLANE.replace("WRAP", wrap), "{gaussian: {sigma: 0.1}}",
                          p=0.5, source="A", target="A", autapses=autapses)
            d = net.distances(extent)
            expected = 0.5 * np.exp(-d * d / 0.02).sum() - (500 if autapses == "false" else 0)
            assert abs(net.expected() - expected) <= 0.51, (net.expected(), expected)
            assert abs(net.run["network"]["synapses"] - expected) < 4.5 * np.sqrt(expected)
            assert (np.diag(net.matrix()).sum() > 0) == (autapses == "true")
    net = Network(directory, "random", PLANE.replace("WRAP", "true"), PLANE.replace("WRAP", "true"), "{gaussian: {sigma: 0.05}}",
                  p=0.5, source="A", target="A", autapses="false")
    mean = 1000 * 999 * 0.5 * 2 * np.pi * 0.05 ** 2 / 2.0
    assert abs(net.expected() / mean - 1) < 1e-4, (net.expected(), mean)


def test_layouts(directory):
    """Positions and edges are the same wherever neurons live; spikes by distance, with plasticity of other rules."""
    config = volley.write(directory, "net.yaml", """
simulation: {dt: 0.1, duration: 50.0, seed: 3}
populations:
  E: {model: iaf_psc_exp, size: 900, positions: {grid: {shape: [30, 30], extent: [1.0, 1.0], edge_wrap: true}}}
  I: {model: iaf_psc_exp, size: 225, positions: {uniform: {extent: [1.0, 1.0], edge_wrap: true}}}
stimuli: {S: {model: poisson, target: [E, I], params: {rate: 9000.0, weight: 70.0}}}
projections:
  EE: &p {source: E, target: E, connect: {rule: spatial_bernoulli, p: 0.6, kernel: {gaussian: {sigma: 0.1}}, autapses: false},
          weight: {lognormal: {mean: 1.0, std: 2.0, max: 300.0}}, delay: {linear: {offset: 0.5, slope: 4.0}}, weight_precision: float64}
  EI: {<<: *p, target: I, plasticity: {rule: stdp, params: {lambda: 0.1, w_max: 400.0}}}
  IE: {<<: *p, source: I, target: E, connect: {rule: spatial_bernoulli, p: 0.9, kernel: {exponential: {tau: 0.2}}}, weight: -40.0}
  II: {<<: *p, source: I, target: {population: I, neurons: {every: 2}}, connect: {rule: fixed_indegree, indegree: 20},
       weight: {linear: {offset: -40.0, slope: 20.0}}}
record: {weights: [{projection: EI, interval: 20.0}]}
""")
    reference = volley.run_layouts(config, directory, [(1, 3, []), (2, 1, ["partition.method=block"]), (2, 2, ["exchange.interval=min_delay"]),
                                                       (3, 1, ["partition.method=round_robin"]), (4, 1, []), (4, 2, ["partition.method=block"]),
                                                       (3, 2, ["partition.method=block"])])
    assert all(population["spikes"] > 100 for population in reference["populations"].values()), reference["populations"]
    files = []
    for name in ("reference", "4"):
        with h5py.File(os.path.join(directory, name, "positions.h5")) as file:
            files.append({p: [file[f"nodes/{p}/0/{axis}"][:].tobytes() for axis in "xy"] for p in "EI"})
    assert files[0] == files[1]
    volley.run(config, os.path.join(directory, "without"), sets=["record.positions=false"])
    assert not os.path.exists(os.path.join(directory, "without", "positions.h5"))


def test_scaled(directory):
    """Fewer neurons at random places keep their in-degrees times the factor."""
    text = CONFIG.format(a="{uniform: {extent: [1.0, 1.0], edge_wrap: true}}", b=PLANE.replace("WRAP", "true"), kernel="{gaussian: {sigma: 0.1}}",
                         p=0.4, source="A", target="A", autapses="true", size=4000, seed=1).replace("{linear: {offset: 0.9, slope: -0.1}}", "0.5")
    config = volley.write(directory, "scaled.yaml", text.replace("size: 4000", "size: 4000, expected_rate: 0.0"))
    full = volley.run(config, os.path.join(directory, "full"))["network"]["synapses"] / 4000
    for neurons, indegrees in ((0.5, 1.0), (0.5, 0.5), (1.0, 0.25)):
        run = volley.run(config, os.path.join(directory, "less"), sets=[f"scale.neurons={neurons}", f"scale.indegrees={indegrees}"])
        degree = run["network"]["synapses"] / run["network"]["neurons"] * (run["network"]["neurons"]) / (4000 * neurons)
        assert abs(degree / (full * indegrees) - 1) < 0.03, (neurons, indegrees, degree, full)


RIM = """
simulation: {dt: 0.1, duration: 1.0}
populations:
  A: {model: iaf_psc_exp, size: 900, positions: PLACES}
projections:
  P:
    source: A
    target: A
    connect: {rule: RULE, kernel: {disc: {radius: RADIUS}}, autapses: false}
    weight: 1.0
    delay: {linear: {offset: 1.0, slope: 1.5}}
    plasticity: {rule: noop}
record: {weights: [{projection: P}]}
"""


def test_rims_of_files(directory):
    """A lattice that a file holds with few digits has the in-degrees of whole numbers, and delays half way between two
    steps all go up; random places are taken as they are."""
    i, j = np.divmod(np.arange(900), 30)
    exact = np.stack([(i + 0.5) / 30 - 0.5, (j + 0.5) / 30 - 0.5], axis=1)
    grid = "{grid: {shape: [30, 30], extent: [1.0, 1.0]EDGE}}"
    forms = [("grid", exact)]
    for digits in (4, 6):
        forms.append((f"digits{digits}.csv", np.array([[float(f"{x:.{digits}f}") for x in row] for row in exact])))
    forms.append(("float32.h5", exact.astype(np.float32)))
    forms.append(("random.csv", np.round(np.random.default_rng(5).uniform(-0.5, 0.5, size=(900, 2)), 4)))
    for name, places in forms:
        path = os.path.join(directory, name)
        if name.endswith(".csv"):
            np.savetxt(path, places, fmt="%.7g", delimiter=",", header="x,y", comments="")
        elif name.endswith(".h5"):
            with h5py.File(path, "w") as file:
                file["x"], file["y"] = places[:, 0], places[:, 1]
        for edge in ("", ", extent: [1.0, 1.0], edge_wrap: true"):
            where = grid.replace("EDGE", ", edge_wrap: true" if edge else "") if name == "grid" else f"{{file: {name}{edge}}}"
            text = RIM.replace("PLACES", where).replace("RADIUS", "0.1666666667").replace("RULE", "spatial_bernoulli, p: 1.0")
            out = os.path.join(directory, "out")
            run = volley.run(volley.write(directory, "net.yaml", text), out, ranks=3 if name.endswith(".h5") else None)
            with h5py.File(os.path.join(out, "weights.h5")) as file:
                source, target = (file[f"weights/P/{end}_node_id"][:].astype(int) for end in ("source", "target"))
                delay = file["weights/P/delay"][:]
            if name == "random.csv":
                d = np.abs(places[:, None] - places[None])
                inside = (np.minimum(d, 1.0 - d if edge else d) ** 2).sum(axis=2) <= 0.1666666667 ** 2
            else:
                d = np.abs(np.stack([i, j], axis=1)[:, None] - np.stack([i, j], axis=1)[None])
                squared = (np.minimum(d, 30 - d if edge else d) ** 2).sum(axis=2)
                inside = squared <= 25
                steps = np.floor(10.0 + 0.5 * np.sqrt(squared[target, source]) + 0.5 + 1e-6)
                assert (np.abs(delay - steps * 0.1) < 1e-9).all(), name
            np.fill_diagonal(inside, False)
            found = np.zeros((900, 900), int)
            np.add.at(found, (target, source), 1)
            assert (found == inside).all(), f"{name}{edge}: {(found != inside).sum()} of {inside.sum()} pairs are wrong"
            assert run["network"]["synapses"] == inside.sum()
    # no false error where all sources within reach are wanted
    text = RIM.replace("PLACES", grid.replace("EDGE", ", edge_wrap: true")).replace("RADIUS", repr(1 / 30))
    config = volley.write(directory, "few.yaml", text.replace("RULE", "spatial_fixed_indegree, indegree: 4, multapses: false"))
    assert volley.run(config, os.path.join(directory, "few"))["network"]["synapses"] == 3600
    for command in (["check"], ["plan", "--ranks", "2"]):
        done = volley.start([command[0], volley.write(directory, "p.yaml", text.replace("RULE", "spatial_bernoulli, p: 1.0")),
                             *command[1:]])
        assert done.returncode == 0 and "3600 synapses" in done.stdout.replace(",", ""), done.stdout


if __name__ == "__main__":
    volley.main([test_rims_of_files, test_positions, test_disc, test_kernels, test_expected_exactly, test_layouts, test_scaled])
