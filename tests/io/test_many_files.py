# SPDX-License-Identifier: BSD-3-Clause
"""The number of collective calls of a run does not grow with that of its populations: what many small populations write
is made by one rank, or by each rank for itself. Calls are counted, not timed, by a library before MPI."""
import os
import sys
from support import volley

COLLECTIVES = os.environ.get("VOLLEY_COLLECTIVES_LIBRARY")
FEW, MANY = 10, 110
RANKS = 2
SPIKES, STATES, WEIGHTS = "", "state", "weights"
# Calls for each population more; there were 29, 115 and 128 when every dataset was made by all ranks together.
MOST = {SPIKES: 0, STATES: 20, WEIGHTS: 60}
BY_ID = "results: {sort: by_id}\n"


def config(directory, n, record, more=""):
    """n populations of one neuron, most of which spike; one projection and one record for each when asked for."""
    def lines(text):
        return "".join(f"  {text.replace('NEXT', str((i + 1) % n)).replace('#', str(i))}\n" for i in range(n))
    text = "simulation: {dt: 0.1, duration: 10.0}\npopulations:\n" + \
        lines("p#: {model: iaf_psc_exp, size: 1, params: {I_e: 800.0}}")
    if record == WEIGHTS:
        text += "projections:\n" + lines("c#: {source: p#, target: pNEXT, connect: {rule: one_to_one}, weight: 9.0, "
                                          "delay: 1.0, plasticity: {rule: stdp}}")
        text += "record:\n  rates: {interval: 5.0}\n  weights:\n" + lines("- {projection: c#, interval: 5.0}")
    if record == STATES:
        text += "record:\n  state:\n" + lines("- {population: p#, variables: [V_m], interval: 2.0}")
    return volley.write(directory, f"{n}{record}.yaml", text + more)


def calls(directory, path):
    """Collective calls of each rank in a run of a config."""
    log = os.path.join(directory, "log")
    if os.path.exists(log):
        os.remove(log)
    out = os.path.join(directory, "out")
    volley.run(path, out, ranks=RANKS, environment={"LD_PRELOAD": COLLECTIVES, "VOLLEY_COLLECTIVES_LOG": log})
    with open(log, encoding="utf-8") as file:
        counts = [int(line.split()[1]) for line in file]
    assert len(counts) == RANKS and min(counts) == max(counts) > 50, counts
    return counts[0]


def check(directory, record, more=""):
    few, many = (calls(directory, config(directory, n, record, more)) for n in (FEW, MANY))
    each = (many - few) / (MANY - FEW)
    assert each <= MOST[record], f"{record or 'spikes'}: {few} calls for {FEW}, {many} for {MANY}: {each} for each more"


def test_spikes(directory):
    check(directory, SPIKES)


def test_spikes_by_id(directory):
    check(directory, SPIKES, BY_ID)


def test_states(directory):
    check(directory, STATES)


def test_weights(directory):
    check(directory, WEIGHTS)


if __name__ == "__main__":
    if COLLECTIVES is None:
        print("skipped: no library that can be loaded before others")
        sys.exit(77)
    volley.main([test_spikes, test_spikes_by_id, test_states, test_weights])
