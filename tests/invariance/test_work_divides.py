# SPDX-License-Identifier: BSD-3-Clause
"""Work and memory must divide over the ranks: 30 % at most on one of four, beyond what every process costs empty."""
import os
from support import volley

SHARE, RANKS = 0.30, 4

# About 32 million synapses, so that whole huge pages, and the runs of delays that every rank has in its rows, count little;
# with `size` 20 next to none.
CONFIG = """
simulation: {{dt: 0.1, duration: 10.0, seed: 8}}
populations:
  E: {{model: iaf_psc_exp, size: {excitatory}, params: {{I_e: 600.0}}, init: {{V_m: {{uniform: {{low: -70.0, high: -55.0}}}}}}}}
  I: {{model: iaf_psc_exp, size: {inhibitory}, params: {{I_e: 600.0}}, init: {{V_m: {{uniform: {{low: -70.0, high: -55.0}}}}}}}}
projections:
  E_to_all: {{source: E, target: E, connect: {{rule: fixed_indegree, indegree: {e}}}, weight: {{normal: {{mean: 5.0, std: 1.0, min: 0.0}}}},
              delay: {{normal: {{mean: 1.5, std: 0.7, min: 0.1}}}}}}
  E_to_I: {{source: E, target: I, connect: {{rule: fixed_indegree, indegree: {e}}}, weight: {{normal: {{mean: 5.0, std: 1.0, min: 0.0}}}},
            delay: {{normal: {{mean: 1.5, std: 0.7, min: 0.1}}}}}}
  I_to_E: {{source: I, target: E, connect: {{rule: bernoulli, p: {p}}}, weight: -20.0, delay: {{uniform: {{low: 0.5, high: 1.5}}}}}}
  I_to_I: {{source: I, target: I, connect: {{rule: bernoulli, p: {p}}}, weight: -20.0, delay: {{uniform: {{low: 0.5, high: 1.5}}}}}}
"""


def test_shares(directory):
    large = volley.write(directory, "large.yaml", CONFIG.format(excitatory=16000, inhibitory=4000, e=1280, p=0.08))
    small = volley.write(directory, "small.yaml", CONFIG.format(excitatory=16, inhibitory=4, e=2, p=0.08))
    where = os.path.join(directory, "run")

    def empty(ranks):
        return volley.run(small, where, ranks)["per_rank"]["peak_rss"]["max"]

    alone = volley.run(large, where, 1)
    synapses, memory = alone["network"]["synapses"], alone["per_rank"]["peak_rss"]["max"] - empty(1)
    assert 2.5e7 < synapses < 4e7 and memory > 4 * synapses, (synapses, memory)
    constant = empty(RANKS)
    for partition in ("block", "round_robin", "balanced"):
        run = volley.run(large, where, RANKS, 1, [f"partition.method={partition}"])
        each = run["per_rank"]
        assert run["spike_hash"] == alone["spike_hash"] and run["connection_hash"] == alone["connection_hash"]
        shares = {"neurons": each["neurons"]["max"] / run["network"]["neurons"],
                  "synapses": each["synapses"]["max"] / synapses,
                  "events": each["events"]["max"] / (run["events"]["static"] + run["events"]["plastic"]),
                  "memory": (each["peak_rss"]["max"] - constant) / memory}
        print(f"{partition}: " + ", ".join(f"{name} {share:.3f}" for name, share in shares.items()))
        assert all(share <= SHARE for share in shares.values()), f"{partition}: {shares}"
        assert abs(RANKS * each["synapses"]["mean"] - synapses) < 1, "the ranks' synapses do not add up"


if __name__ == "__main__":
    volley.main([test_shares])
