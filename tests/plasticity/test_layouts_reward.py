# SPDX-License-Identifier: BSD-3-Clause
"""Rules by step and rules that learn by a reward, in one network: spikes and weights have the same hashes on every
layout, at every exchange interval, and with any snapshots."""
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 400.0, seed: 23}
populations:
  shown: {model: lif_euler, size: 24, params: {t_ref: 0.5}}
  post: {model: lif_euler, size: 31, params: {R: 60.0, tau_m: {uniform: {low: 5.0, high: 20.0}}}}
  dopamine: {model: lif_euler, size: 5, params: {t_ref: 2.0}}
  silent: {model: spike_source, size: 4, params: {spike_times: [[0.0, 3.5, 390.0]]}}
stimuli:
  patterns:
    model: patterns
    target: [{population: shown, neurons: {range: [1, 4]}}, {population: shown, neurons: {ids: [9, 7]}}]
    start: 1.5
    params: {values: [[40, 0, 20, 5, 1], [0, 30, 0, 12, 0], [11, 0, 0, 0, 50]], interval: 0.7, order: random}
  input: {model: poisson, target: [shown, post, dopamine], params: {rate: 900.0, weight: 25.0, delay: 0.3}}
  noise: {model: noise, target: shown, params: {mean: 0.3, std: 0.5, dt: 0.5}}
  judged:
    model: reward
    params:
      response:
        patterns: patterns
        neurons: {population: post, neurons: {every: 5}}
        delay: 0.3
        table: [[3.0, -1.0], [-2.0, 0.5], [0.0, 1.0]]
  schedule: {model: reward, params: {schedule: {times: [10.0, 200.0], values: [1.0, -0.5]}}}
  dopa: {model: reward, stop: 350.0, params: {spikes: {neurons: {population: dopamine, neurons: {first: 4}}, delay: 0.4}}}
projections:
  forgetting:
    source: silent
    target: post
    connect: {rule: all_to_all}
    weight: 0.5
    delay: 0.5
    plasticity: {rule: noop, params: {weight_decay: 1e-4}}
  pairs:
    source: shown
    target: post
    connect: {rule: fixed_indegree, indegree: 9}
    weight: {uniform: {low: 0.1, high: 0.9}}
    delay: {uniform: {low: 0.4, high: 3.0}}
    plasticity: {rule: stdp_pair_rates, params: {weight_decay: 1e-5, boundary: soft}, stop: 390.0}
  rewarded:
    source: shown
    target: post
    connect: {rule: bernoulli, p: 0.3}
    weight: {uniform: {low: 0.1, high: 0.9}}
    weight_precision: float64
    delay: {uniform: {low: 0.4, high: 3.0}}
    plasticity: {rule: mstdp, reward: judged, params: {lr: 0.002}}
  eligible:
    source: post
    target: post
    connect: {rule: fixed_indegree, indegree: 5}
    weight: {uniform: {low: 0.1, high: 0.9}}
    delay: {uniform: {low: 0.4, high: 3.0}}
    dendritic_delay: 0.3
    plasticity: {rule: mstdp_et, reward: judged, params: {lr: 0.02, compare: synapse}, start: 20.0}
  dopamine:
    source: shown
    target: post
    connect: {rule: fixed_indegree, indegree: 5}
    weight: {uniform: {low: 0.1, high: 0.9}}
    weight_precision: float64
    delay: {uniform: {low: 0.4, high: 3.0}}
    plasticity: {rule: stdp_dopamine, reward: dopa, params: {A_plus: 0.002, A_minus: 0.0015, tau_c: 50.0, w_max: 1.0}}
  scheduled:
    source: silent
    target: shown
    connect: {rule: all_to_all}
    weight: 0.5
    delay: 0.5
    dendritic_delay: all
    plasticity: {rule: mstdp_et, reward: schedule, params: {lr: 0.02}}
"""

LAYOUTS = [(1, 2, ["partition.method=round_robin"]), (2, 1, ["exchange.interval=min_delay"]),
           (3, 2, ["partition.method=block", "exchange.interval=3"]),
           (3, 1, ["exchange.method=neighbour"]), (5, 1, ["exchange.method=neighbour", "exchange.interval=2"]),
           (4, 1, ["record={weights: [{projection: eligible, interval: 33.3}]}"]),
           (2, 2, ["exchange.interval=2", "record={weights: [{projection: dopamine, interval: 10.0}]}"])]


def same_everywhere(directory):
    reference = volley.run_layouts(volley.write(directory, "network.yaml", CONFIG), directory, LAYOUTS)
    spikes = {name: entry["spikes"] for name, entry in reference["populations"].items()}
    assert all(spikes[name] > 100 for name in ("shown", "post", "dopamine")), spikes


if __name__ == "__main__":
    volley.main([same_everywhere])
