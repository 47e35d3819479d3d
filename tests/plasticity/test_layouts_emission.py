# SPDX-License-Identifier: BSD-3-Clause
"""Rules by emission step, correlated sources and srm0 neurons in one recurrent network: spikes and weights have the same
hashes on every layout, at every exchange interval, and with any snapshots."""
from support import volley

CONFIG = """
simulation: {dt: 0.5, duration: 2500.0, seed: 17}
populations:
  sources: {model: correlated_poisson_source, size: 61, params: {rate: 12.0, c: {uniform: {low: 0.1, high: 0.6}}}}
  silent: {model: spike_source, size: 9, params: {spike_times: [[0.0, 3.5, 2400.0]]}}
  neurons:
    model: srm0
    size: 53
    params:
      threshold: {uniform: {low: 0.8, high: 1.2}}
      t_current: 1.0
      axonal_delay: {uniform: {low: 0.0, high: 2.0}}
      window: {uniform: {low: 10.0, high: 60.0}}
      spike_times: [[0.0, 2.0], [], [1.5]]
projections:
  input:
    source: sources
    target: neurons
    connect: {rule: fixed_indegree, indegree: 20}
    weight: {uniform: {low: 0.05, high: 0.2}}
    weight_precision: float64
    delay: 2.0
    plasticity: {rule: stdp_window, params: {eta: 0.01, w_in: 0.02, w_out: -0.05, window: 20.0, w_min: 0.01, w_max: 0.3}}
  quiet:
    source: silent
    target: neurons
    connect: {rule: all_to_all}
    weight: 0.1
    delay: 2.0
    plasticity: {rule: stdp_window, params: {eta: 0.001, w_in: 0.02, w_out: 0.05, window: 20.0}, stop: 2000.0}
  recurrent:
    source: neurons
    target: neurons
    connect: {rule: bernoulli, p: 0.2}
    weight: {uniform: {low: 0.0, high: 0.1}}
    delay: 2.0
    plasticity: {rule: stdp_nearest, params: {A_plus: 0.01, A_minus: 0.011, w_min: 0.0, w_max: 0.2}, start: 100.0}
  lateral:
    source: sources
    target: sources
    connect: {rule: fixed_indegree, indegree: 7}
    weight: 0.0
    delay: {uniform: {low: 1.0, high: 30.0}}
    plasticity: {rule: stdp_nearest}
"""

LAYOUTS = [(1, 2, ["partition.method=round_robin"]), (2, 1, ["exchange.interval=min_delay"]),
           (3, 2, ["partition.method=block"]), (4, 1, ["record={weights: [{projection: recurrent, interval: 333.5}]}"]),
           (2, 2, ["exchange.interval=2", "record={weights: [{projection: lateral, interval: 20.0}]}"])]


def same_everywhere(directory):
    reference = volley.run_layouts(volley.write(directory, "network.yaml", CONFIG), directory, LAYOUTS)
    spikes = {name: entry["spikes"] for name, entry in reference["populations"].items()}
    assert all(count > 0 for count in spikes.values()) and spikes["neurons"] > 500, spikes


volley.main([same_everywhere])
