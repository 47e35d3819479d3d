# SPDX-License-Identifier: BSD-3-Clause
"""A rank that runs alone does the work of the same rank in a real job: the same synapses and neurons, and within a few
percent the same events, spikes and memory; and its memory hardly grows with the ranks of the job."""
import json
import os
from support import volley

# Rates are prescribed, so that stand-in spikes have the rates of the real ones.
CONFIG = """
simulation: {dt: 0.1, duration: 200.0, seed: 7}
exchange: {interval: min_delay}
populations:
  S: {model: correlated_poisson_source, size: 1200, params: {rate: 40.0}}
  E: {model: iaf_psc_delta, size: 4001, expected_rate: 0.0}
  U: {model: correlated_poisson_source, size: 333, params: {rate: 10.0}}
projections:
  SE: {source: S, target: E, connect: {rule: fixed_indegree, indegree: 100}, weight: 1.0e-6, delay: 1.5}
  UE: {source: U, target: E, connect: {rule: bernoulli, p: 0.1}, weight: {normal: {mean: 1.0e-6, std: 1.0e-7, min: 0.0}},
       delay: {uniform: {low: 1.5, high: 4.0}}}
  SS: {source: S, target: S, connect: {rule: fixed_indegree, indegree: 50}, weight: 1.0, delay: 1.5,
       dendritic_delay: all, plasticity: {rule: stdp}}
record: {spikes: []}
"""
RANKS = 4


def alone(config, directory, rank, ranks, sets=()):
    arguments = ["run", config, "-o", directory, "--overwrite", "-q", "--threads", 1, "--virtual-rank",
                 f"{rank}/{ranks}"]
    for text in sets:
        arguments += ["--set", text]
    done = volley.start(arguments)
    assert done.returncode == 0, done.stderr
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        return json.load(file)


def near(found, wanted, share, what):
    assert abs(found - wanted) <= share * wanted, f"{what}: {found}, a real rank has {wanted}"


def test_share(directory):
    config = volley.write(directory, "config.yaml", CONFIG)
    for method in ("balanced", "round_robin", "block"):
        sets = (f"partition.method={method}",)
        real = volley.run(config, os.path.join(directory, "real"), ranks=RANKS, sets=sets)
        virtual = [alone(config, os.path.join(directory, "alone"), r, RANKS, sets) for r in range(RANKS)]
        for key in ("neurons", "synapses", "plastic_synapses"):
            assert sum(v["network"][key] for v in virtual) == real["network"][key], key
        for key in ("neurons", "synapses"):
            counts = [v["network"][key] for v in virtual]
            assert [min(counts), max(counts)] == [real["per_rank"][key]["min"], real["per_rank"][key]["max"]], key
        for key in ("static", "plastic"):
            near(sum(v["events"][key] for v in virtual), real["events"][key], 0.03, f"{method}, events {key}")
        events = [sum(v["events"].values()) for v in virtual]
        near(max(events), real["per_rank"]["events"]["max"], 0.05, f"{method}, events of the busiest rank")
        spikes = sum(p["spikes"] for p in real["populations"].values())
        for v in virtual:
            own = sum(p["spikes"] for p in v["populations"].values())
            near(own + v["virtual"]["stand_in_spikes"], spikes, 0.03, f"{method}, spikes of all ranks")
            assert v["collective_calls"] == real["collective_calls"]
        assert sum(v["populations"]["E"]["size"] for v in virtual) == 4001


def test_no_results(directory):
    """It does not pass for a result."""
    config = volley.write(directory, "config.yaml", CONFIG)
    out = os.path.join(directory, "alone")
    run = alone(config, out, 3, 1000)
    assert not any(key in run for key in volley.HASHES)
    assert (run["virtual"]["rank"], run["virtual"]["ranks"]) == (3, 1000)
    assert sorted(os.listdir(out)) == ["manifest.json", "run.json"]
    shown = volley.start(["info", out])
    assert shown.returncode == 0 and "virtual     rank 3 of 1000" in shown.stdout, shown.stderr
    text = volley.start(["run", config, "-o", out, "--overwrite", "--virtual-rank", "3/1000"])
    assert "virtual     rank 3 of 1000" in text.stdout and "hashes" not in text.stdout, text.stdout


def test_many_ranks(directory):
    """Weak scaling, 100 neurons a rank: synapses are the same, and what grows is known: the source map, the partition
    and the spikes of an interval. 2,048 ranks may have 3 MB more than 2."""
    text = """
simulation: {dt: 0.1, duration: 5.0}
exchange: {interval: min_delay}
populations: {A: {model: iaf_psc_exp, size: 100, expected_rate: 5.0}}
projections:
  AA: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 100}, weight: 1.0, delay: 1.5}
"""
    config = volley.write(directory, "weak.yaml", text)
    few, many = (alone(config, os.path.join(directory, str(n)), n // 2, n, [f"scale.neurons={n}"]) for n in (2, 2048))
    assert few["network"] == many["network"] == {"neurons": 100, "synapses": 10000, "plastic_synapses": 0}
    grown = many["bytes"]["peak_rss_total"] - few["bytes"]["peak_rss_total"]
    assert grown < 3e6, f"{grown} bytes more on 2048 ranks than on 2"


def test_refused(directory):
    config = volley.write(directory, "config.yaml", CONFIG)
    out = os.path.join(directory, "out")
    for value in ("4/4", "-1/4", "1", "1/", "/4", "a/b", "1/4x", "1/0"):
        done = volley.start(["run", config, "-o", out, "--virtual-rank", value])
        assert done.returncode == 2 and "--virtual-rank" in done.stderr and "K/R" in done.stderr, (value, done.stderr)
    done = volley.start(["run", config, "-o", out, "--virtual-rank", "0/4"], ranks=2)
    assert done.returncode == 2 and "alone" in done.stderr, done.stderr
    table = "projections.SE.connect={rule: fixed_outdegree, outdegree: 10}"
    done = volley.start(["run", config, "-o", out, "--virtual-rank", "0/4", "--set", table])
    assert done.returncode == 2 and "projection SE" in done.stderr, done.stderr
    for text, word in (("partition.method=scotch", "scotch"), ("exchange.method=neighbour", "allgather")):
        done = volley.start(["run", config, "-o", out, "--virtual-rank", "0/4", "--set", text])
        assert done.returncode == 2 and word in done.stderr, (text, done.stderr)
    done = volley.start(["run", config, "-o", out, "--virtual-rank", "0/4", "--resume"])
    assert done.returncode == 2 and "--resume" in done.stderr, done.stderr


def test_parts(directory):
    """Parts from a file: neurons of a rank that lie anywhere; the others' spikes are not drawn for its own."""
    sizes = {"S": 1200, "E": 4001, "U": 333}
    parts = [(n * n // 7) % RANKS for n in range(sum(sizes.values()))]
    volley.write(directory, "parts.txt", "".join(f"{part}\n" for part in parts))
    config = volley.write(directory, "config.yaml", CONFIG)
    sets = ("partition={method: file, file: parts.txt}",)
    real = volley.run(config, os.path.join(directory, "real"), ranks=RANKS, sets=sets)
    virtual = [alone(config, os.path.join(directory, "alone"), r, RANKS, sets) for r in range(RANKS)]
    assert [v["network"]["neurons"] for v in virtual] == [parts.count(r) for r in range(RANKS)]
    assert sum(v["network"]["synapses"] for v in virtual) == real["network"]["synapses"]
    spikes = sum(p["spikes"] for p in real["populations"].values())
    for v in virtual:
        own = sum(p["spikes"] for p in v["populations"].values())
        near(own + v["virtual"]["stand_in_spikes"], spikes, 0.03, "spikes of all ranks")


if __name__ == "__main__":
    volley.main([test_share, test_no_results, test_many_ranks, test_refused, test_parts])
