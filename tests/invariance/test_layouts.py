# SPDX-License-Identifier: BSD-3-Clause
"""One network, one result: whatever the ranks, threads, partition, exchange interval and method, and vector unit.

network.yaml depends on the order of additions (test_order proves it), so equal hashes mean an equal order."""
import os
from support import volley

HERE = os.path.join(volley.SOURCE, "tests", "invariance")
LAYOUTS = [(1, 1), (1, 2), (2, 1), (3, 1), (2, 2), (4, 1), (5, 1), (7, 1)]
# scotch is there when the program was built with it
PARTITIONS = ["block", "round_robin", "balanced", "file"]
if "PT-Scotch  missing" not in volley.start(["--version"]).stdout:
    PARTITIONS.append("scotch")
METHODS = ["allgather", "neighbour"]

TINY = """
simulation: {dt: 0.1, duration: 50.0, seed: 5}
populations:
  input: {model: spike_source, size: 1, params: {spike_times: [0, 10.0, 10.5, 11.0, 30.0]}}
  cell: {model: iaf_psc_exp, size: 1, params: {I_e: 300.0}}
stimuli:
  noise: {model: poisson, target: cell, params: {rate: 2000.0, weight: 40.0}}
projections:
  input_to_cell:
    {source: input, target: cell, connect: {rule: one_to_one}, weight: 900.0, delay: 1.0}
"""

WIDE = """
simulation: {dt: 0.1, duration: 20.0, seed: 5}
populations:
  A: {model: iaf_psc_exp, size: 100000, init: {V_m: {uniform: {low: -70, high: -55}}}}
  B: {model: iaf_psc_delta, size: 40000, init: {V_m: {uniform: {low: -70, high: -55}}}}
stimuli:
  to_A: {model: poisson, target: A, params: {rate: 3000, weight: 100.0, delay: 1.0}}
  to_B: {model: poisson, target: B, params: {rate: 3000, weight: 0.5, delay: 1.0}}
projections:
  A_to_B:
    source: A
    target: B
    connect: {rule: fixed_indegree, indegree: 5}
    weight: {lognormal: {mean: 0, std: 1}}
    delay: {uniform: {low: 1, high: 8}}
    weight_precision: float64
  B_to_A: {source: B, target: A, connect: {rule: bernoulli, p: 0.0001}, weight: -30, delay: 2}
  A_to_A:
    source: A
    target: A
    connect: {rule: fixed_total, number: 400000}
    weight: {normal: {mean: 30, std: 3, min: 0}}
    delay: {normal: {mean: 3, std: 1, min: 0.5}}
"""

NOISY = """
simulation: {dt: 0.1, duration: 100.0, seed: 5}
populations:
  relay: {model: parrot_neuron, size: 40}
  A: {model: iaf_psc_exp, size: 203, init: {V_m: {uniform: {low: -70, high: -55}}}}
  B: {model: iaf_psc_delta, size: 61, params: {V_th: {normal: {mean: -55.0, std: 1.0}}, V_reset: -75.0}}
stimuli:
  shared: {model: poisson, target: relay, params: {rate: 100.0, delay: 0.3}}
  all_of_A: {model: noise, target: A, params: {mean: 350.0, std: 500.0, dt: 0.3}}
  all: {model: noise, target: [A, B], start: 10.0, stop: 80.0, params: {mean: 200.0, std: 900.0}}
  some: {model: noise, target: {population: B, neurons: {every: 3}}, params: {std: 700.0, dt: 0.1}}
  plateau: {model: dc, target: B, start: 20.0, stop: 60.0, params: {amplitude: 200.0}}
projections:
  relay_to_A: {source: relay, target: A, connect: {rule: bernoulli, p: 0.3}, weight: 60.0, delay: 0.5}
  A_to_relay: {source: A, target: relay, connect: {rule: fixed_indegree, indegree: 2}, weight: 1.0, delay: 1.0}
  A_to_B: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 20}, weight: 0.4, delay: 0.5}
"""


def partitions_of(number):
    """The partitions of a layout of several ranks: two, in turn, so that each partition has several layouts; all of them
    with VOLLEY_WIDE."""
    if os.environ.get("VOLLEY_WIDE"):
        return PARTITIONS
    return [PARTITIONS[(2 * number + more) % len(PARTITIONS)] for more in range(2)]


class Runs:
    """Runs of one config, all compared with the first."""

    def __init__(self, config, directory):
        self.config, self.directory, self.first, self.count = config, directory, None, 0

    def parts(self, ranks):
        """A file in which the parts of neurons follow no order; one more of them than ranks."""
        path = os.path.join(self.directory, f"parts{ranks}")
        neurons = self.first[-1]["neurons"]
        volley.write(self.directory, f"parts{ranks}",
                     "".join(f"{gid * gid // 3 % (ranks + 1)}\n" for gid in range(neurons)))
        return path

    def check(self, ranks, threads, partition="block", interval="step", simd=None):
        extra = []
        if partition == "file":
            extra = [f"partition.file={self.parts(ranks)}"]
        if partition == "scotch":
            extra = [f"partition.graph={'neurons' if ranks % 2 else 'populations'}"]
        method = METHODS[(self.count + ranks) % 2]
        name = f"{ranks}x{threads}-{partition}-{interval}-{method}-{simd or 'best'}"
        run = volley.run(self.config, os.path.join(self.directory, name), ranks, threads,
                         [f"partition.method={partition}", f"exchange.interval={interval}",
                          f"exchange.method={method}", *extra],
                         {"VOLLEY_SIMD": simd} if simd else None)
        assert run["layout"]["ranks"] == ranks and run["layout"]["threads"] == threads, name
        assert run["layout"]["partition"] == partition, name
        assert run["exchange"]["method"] == (method if ranks > 1 else "allgather"), name
        found = (run["spike_hash"], run["connection_hash"], run["weight_hash"],
                 {population: entry["spikes"] for population, entry in run["populations"].items()},
                 run["events"], run["network"])
        if self.first is None:
            self.first = found
        assert found == self.first, f"{name} gives\n{found}\nand not\n{self.first}"
        self.count += 1
        return run, os.path.join(self.directory, name)


def vector_units(config, directory):
    """The levels this machine has."""
    return [unit for unit in ("plain", "avx2", "avx512")
            if volley.start(["run", config, "-o", os.path.join(directory, "units"), "--overwrite", "-q"],
                            environment={"VOLLEY_SIMD": unit}).returncode == 0]


def test_network(directory):
    config = os.path.join(HERE, "network.yaml")
    runs = Runs(config, directory)
    first, where = runs.check(1, 1)
    for name, entry in first["populations"].items():
        assert 1.0 < entry["rate_hz"] < 200.0, f"{name} fires at {entry['rate_hz']} Hz: this shows little"
    for number, (ranks, threads) in enumerate(LAYOUTS):
        for partition in partitions_of(number) if ranks > 1 else ["block"]:
            _, last = runs.check(ranks, threads, partition)
    done = volley.start(["diff", where, last])
    assert done.returncode == 0, done.stdout + done.stderr
    steps = {}
    for interval in ("min_delay", 2):
        for number, (ranks, threads) in enumerate([(1, 1), (1, 2), (3, 1), (2, 2), (7, 1)]):
            run, _ = runs.check(ranks, threads, PARTITIONS[number % len(PARTITIONS)], interval)
            steps[interval] = run["layout"]["exchange_interval_steps"]
    assert steps == {"min_delay": 3, 2: 2}, steps
    units = vector_units(config, directory)
    assert "plain" in units
    for unit in units:
        run, _ = runs.check(1, 1, simd=unit)
        assert run["volley"]["simd"] == unit
        runs.check(2, 2, "round_robin", simd=unit)
        runs.check(3, 1, "balanced", "min_delay", simd=unit)
    assert first["events"]["plastic"] > 100000, first["events"]
    other = volley.run(config, os.path.join(directory, "other"), sets=["simulation.seed=1"])
    assert other["spike_hash"] != first["spike_hash"] and other["connection_hash"] != first["connection_hash"]
    done = volley.start(["diff", where, os.path.join(directory, "other")])
    assert done.returncode == 1, done.stdout + done.stderr
    print(f"{runs.count} runs on {' '.join(units)} give spikes {first['spike_hash']}, "
          f"connections {first['connection_hash']}, weights {first['weight_hash']}")


def test_more_ranks_than_neurons(directory):
    """Ranks that own nothing take part all the same."""
    runs = Runs(volley.write(directory, "tiny.yaml", TINY), directory)
    for ranks in (1, 2, 4):
        for partition in PARTITIONS:
            run, _ = runs.check(ranks, 1, partition)
    assert run["populations"]["cell"]["spikes"] > 0 and run["populations"]["input"]["spikes"] == 5
    assert run["per_rank"]["neurons"]["min"] == 0
    runs.check(2, 2, "block", "min_delay")


def test_more_targets_than_a_block(directory):
    """A thread with more than 65,536 targets keeps them in several blocks."""
    runs = Runs(volley.write(directory, "wide.yaml", WIDE), directory)
    run, _ = runs.check(1, 1)
    assert run["populations"]["A"]["spikes"] > 1000 and run["populations"]["B"]["spikes"] > 1000
    runs.check(1, 3)
    runs.check(3, 1, "round_robin", "min_delay")


def test_noise(directory):
    """Noise is that of the neuron and the interval, wherever the neuron lives."""
    config = volley.write(directory, "noisy.yaml", NOISY)
    runs = Runs(config, directory)
    run, _ = runs.check(1, 1)
    assert all(entry["spikes"] > 100 for entry in run["populations"].values()), run["populations"]
    for number, (ranks, threads) in enumerate([(1, 2), (2, 1), (3, 1), (2, 2), (1, 3)]):
        runs.check(ranks, threads, PARTITIONS[number % len(PARTITIONS)], ("step", "min_delay")[number % 2])
    for unit in vector_units(config, directory):
        runs.check(1, 2, simd=unit)


if __name__ == "__main__":
    volley.main([test_network, test_more_ranks_than_neurons, test_more_targets_than_a_block, test_noise])
