# SPDX-License-Identifier: BSD-3-Clause
"""Runs in pieces that end at random steps, each of which goes on on a random layout, equal the undisturbed run: for
every plastic rule, static, conductance, spike response, delay-heavy and Poisson networks.

`test_pieces.py --table VOLLEY` is the long form, of VOLLEY_PIECES (100) checkpoints; VOLLEY_PIECES_SEED repeats one."""
import os
import re
import sys
import tempfile
import time
import numpy

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from checkpoint.pieces import check_equal, piece  # noqa: E402
from contract import test_registry  # noqa: E402
from plasticity import test_layouts_reward  # noqa: E402
from support import volley  # noqa: E402

SEED = int(os.environ.get("VOLLEY_PIECES_SEED", time.time_ns() % 1000000 if volley.TABLE else 1))
PIECES = int(os.environ.get("VOLLEY_PIECES", "100" if volley.TABLE else "20"))
MOST = 4  # checkpoints of one chain of the long form
FIRST = 110  # step of the earliest one
DURATIONS = {"rewards": 391.0, "all models": 100.0, "order of additions": 200.0, "plastic": 350.0}
POPULATION = """
simulation: {dt: 0.1, duration: 120.0, seed: 7}
populations:
  A: {model: %s, size: 43, init: {V_m: {uniform: {low: -70.0, high: -56.0}}}}
  B: {model: %s, size: 30}
stimuli:
  input: {model: poisson, target: [A, B], params: {rate: 9000.0, weight: %s, delay: 0.7}}
  dopa: {model: reward, params: {spikes: {neurons: {population: A, neurons: {first: 4}}, delay: 0.4}}}
record:
  state: [{population: A, variables: [V_m], interval: 0.7, precision: float64}]
  rates: {interval: 3.1}
"""
STATIC = """
projections:
  A_to_B: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 12}, weight: {uniform: {low: %s, high: %s}},
           delay: {uniform: {low: %s, high: %s}}}
  B_to_A: {source: B, target: A, connect: {rule: fixed_indegree, indegree: 9}, weight: %s, delay: 1.3}
"""
# Of the sources, `slow` have a sweep and a checkpoint between two spikes.
PLASTIC = """
  %s_to_B:
    source: %s
    target: B
    connect: {rule: fixed_indegree, indegree: 12}
    weight: {uniform: {low: %s, high: %s}}
    delay: {uniform: {low: 0.4, high: 3.0}}
    dendritic_delay: %s
    weight_precision: float64
    plasticity: {rule: %s%s%s}
"""
# Inputs leave windows that are shorter than the run, and not the same for all neurons.
RESPONSE = """
simulation: {dt: 0.1, duration: 120.0, seed: 7}
populations:
  A: {model: srm0, size: 43, params: {window: {uniform: {low: 9.0, high: 21.0}}, t_membrane: 10.0, u_ext: 0.2}}
  B: {model: srm0, size: 30, params: {window: 14.2, t_membrane: {uniform: {low: 4.0, high: 20.0}}, axonal_delay: 0.25}}
stimuli:
  input: {model: poisson, target: [A, B], params: {rate: 500.0, weight: 0.5, delay: 0.7}}
projections:
  A_to_B: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 12}, weight: {uniform: {low: 0.1, high: 0.4}}, delay: 0.7}
  B_to_A: {source: B, target: A, connect: {rule: fixed_indegree, indegree: 9}, weight: -0.1, delay: 0.7}
record:
  state: [{population: A, variables: [u, eta], interval: 0.7, precision: float64}]
"""
RECEPTORS = """
simulation: {dt: 0.1, duration: 120.0, seed: 4}
populations:
  A: {model: iaf_psc_exp, size: 50}
  B: {model: iaf_psc_exp_multisynapse, size: 40, params: {tau_syn: [0.5, {uniform: {low: 2.0, high: 8.0}}, 20.0]}}
stimuli:
  input: {model: poisson, target: A, params: {rate: 9000.0, weight: 60.0, delay: 0.7}}
  more: {model: poisson, target: B, receptor: 3, params: {rate: 3000.0, weight: 6.0, delay: 0.4}}
projections:
  fast: {source: A, target: B, receptor: 1, connect: {rule: fixed_indegree, indegree: 12}, weight: {uniform: {low: 50.0, high: 120.0}}, delay: {uniform: {low: 0.5, high: 3.0}}}
  slow: {source: A, target: B, receptor: 2, connect: {rule: fixed_indegree, indegree: 5}, weight: 40.0, delay: 1.2}
  back: {source: B, target: A, receptor: inhibitory, connect: {rule: fixed_indegree, indegree: 5}, weight: -50.0, delay: 0.9}
  within: {source: B, target: B, receptor: 3, connect: {rule: fixed_indegree, indegree: 4}, weight: 8.0, delay: 1.5,
           plasticity: {rule: stdp, params: {w_max: 20.0}}}
record:
  state: [{population: B, variables: [V_m, I_syn_2], interval: 0.7, precision: float64}]
"""
# What a rule wants that others do not; a reward is the spikes of some neurons. Sweeps of all synapses come in the middle
# of the run when the traces of sources end soon.
WANTS = {"stdp_inhibitory": "w_max: -40.0, tau_plus: 2.0", "stdp_dopamine": "tau_plus: 2.0", "stdp": "tau_plus: 2.0, w_max: 90.0",
         "stdp_power_law": "tau_plus: 2.0", "stdp_triplet": "tau_plus: 2.0, tau_plus_triplet: 3.0", "stdp_nearest": "tau_plus: 2.0"}
WEIGHTS = {"stdp_inhibitory": (-30, -5), "stdp_dopamine": (5, 40), "stdp": (5, 40), "tsodyks": (5, 40)}
REWARDED = ("mstdp", "mstdp_et", "stdp_dopamine")


def rules():
    return re.findall(r"^plasticity (\w+):", test_registry.described("plasticity"), re.M)


def plastic(rule):
    low, high = WEIGHTS.get(rule, (0.1, 0.9))
    params = f", params: {{{WANTS[rule]}}}" if rule in WANTS else ""
    base = (POPULATION % ("iaf_psc_exp", "iaf_psc_exp", 60.0)).replace("duration: 120.0", f"duration: {DURATIONS['plastic']}")
    base = base.replace("  B: {", "  slow: {model: correlated_poisson_source, size: 60, params: {rate: 9.0}}\n  B: {")
    drive = STATIC % (10, 30, 0.4, 3.0, -20.0)
    reward = ", reward: dopa" if rule in REWARDED else ""
    learn = [PLASTIC % (source, source, low, high, "0.2", rule, params, reward) for source in ("A", "slow")]
    return base + drive.replace("A_to_B", "more") + "".join(learn)


def networks(directory):
    """name -> (config, sets)."""
    texts = {"static": POPULATION % ("iaf_psc_exp", "iaf_psc_alpha", 60.0) + STATIC % (10, 30, 0.4, 3.0, -20.0),
             "conductance": POPULATION % ("iaf_cond_exp", "aeif_cond_exp", 6.0) + STATIC % (2, 6, 0.4, 3.0, -2.0),
             "spike response": RESPONSE, "receptors": RECEPTORS,
             "delays": POPULATION % ("iaf_psc_exp", "iaf_psc_exp", 60.0) + STATIC % (10, 30, 0.1, 45.0, -20.0),
             "poisson": POPULATION % ("iaf_psc_delta", "izhikevich", 0.9),
             "rewards": test_layouts_reward.CONFIG, "all models": test_registry.described("config")}
    texts.update({rule: plastic(rule) for rule in rules()})
    sets = {"all models": [*test_registry.LIVELY, *test_registry.every_model(), "checkpoint=null"],
            "rewards": ["projections.pairs.plasticity.stop=null", "stimuli.dopa.stop=null", "simulation.duration=391.0"]}
    found = {"order of additions": (os.path.join(volley.SOURCE, "tests", "invariance", "network.yaml"), [])}
    for name, text in texts.items():
        found[name] = volley.write(directory, name.replace(" ", "_") + ".yaml", text), sets.get(name, [])
    return found


class Random:
    def __init__(self, *seed):
        self.numbers = numpy.random.Generator(numpy.random.Philox(numpy.random.SeedSequence(seed)))

    def layout(self):
        """(ranks, threads, sets)."""
        def choose(items):
            return items[int(self.numbers.integers(len(items)))]
        return choose((1, 2, 3, 4)), choose((1, 2, 3)), [
            f"partition.method={choose(('block', 'round_robin', 'balanced'))}",
            f"exchange.interval={choose(('step', 'min_delay', '1'))}",
            f"exchange.method={choose(('allgather', 'neighbour'))}"]

    def steps(self, n, end):
        """So many different steps inside a run, ascending; the bins of rates have to fit into the first piece."""
        return sorted(int(step) for step in self.numbers.choice(numpy.arange(FIRST, end), size=n, replace=False))


def chain(directory, name, network, seed):
    """A run with some checkpoints, compared with `whole`; returns (checkpoints, layouts)."""
    config, sets = network
    whole, parts = (os.path.join(directory, part) for part in (f"whole {name}", f"parts {name} {seed}"))
    duration = DURATIONS.get(name, DURATIONS["plastic"] if name in rules() else 120.0)
    if not os.path.exists(whole):
        run = volley.run(config, whole, sets=sets)
        assert sum(p["spikes"] for p in run["populations"].values()) > 100, f"{name} is silent and tells nothing"
    random = Random(SEED, seed)
    steps = random.steps(1 + seed % (MOST if volley.TABLE else 1), round(duration * 10))
    layouts = [random.layout() for _ in range(len(steps) + 1)]
    try:
        for number, layout in enumerate(layouts):
            until = steps[number] / 10 if number < len(steps) else duration
            more = [f"simulation.duration={until}"] + ([f"checkpoint.interval={until}"] if number < len(steps) else [])
            piece(config, parts, layout, sets + more, resume=number > 0)
        check_equal(whole, parts, len(steps))
    except Exception as error:
        raise AssertionError(f"{name}, chain {seed} of VOLLEY_PIECES_SEED={SEED}: steps {steps}, layouts {layouts}: {error}") from error
    return steps, layouts


def pieces(directory, total):
    """Chains of all networks in turn until there have been so many checkpoints; rows (network, pieces, layouts)."""
    print("VOLLEY_PIECES_SEED", SEED, flush=True)
    found, seed, rows = networks(directory), 0, {}
    while sum(len(steps) for row in rows.values() for steps, _ in row) < total or len(rows) < len(found):
        name = list(found)[seed % len(found)]
        rows.setdefault(name, []).append(chain(directory, name, found[name], seed))
        seed += 1
        if volley.TABLE:
            print(seed, name, *rows[name][-1][0], flush=True)
    return rows


def test_pieces(directory):
    rows = pieces(directory, PIECES)
    print(sum(len(steps) for row in rows.values() for steps, _ in row), "checkpoints of", len(rows), "networks")


if __name__ == "__main__":
    if volley.TABLE:
        with tempfile.TemporaryDirectory(prefix="volley-test-") as folder:
            seen = pieces(folder, PIECES)
        volley.print_table(("network", "checkpoints", "layouts (ranks x threads)"),
                           [(name, sum(len(s) for s, _ in row), ", ".join(sorted({f"{r}x{t}" for _, ls in row for r, t, _ in ls})))
                            for name, row in seen.items()])
        print(sum(len(s) for row in seen.values() for s, _ in row), "checkpoints; every chain ended as the undisturbed run")
    else:
        volley.main([test_pieces])
