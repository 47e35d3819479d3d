# SPDX-License-Identifier: BSD-3-Clause
"""Networks whose neurons know only their neighbours: PT-Scotch finds the regions, and the exchange between neighbours
sends little, with the same results."""
import os
import sys
from support import volley

sys.path.insert(0, os.path.join(volley.SOURCE, "tests", "bench"))
import local  # noqa: E402 (found by the line above)

HAS_SCOTCH = "PT-Scotch  missing" not in volley.start(["--version"]).stdout
RANKS = 4


def run(config, directory, partition, method, *more):
    """A short run with more spikes than a slot of the exchange begins with; returns run.json."""
    return volley.run(config, os.path.join(directory, f"{partition}_{method}"), RANKS,
                      sets=["simulation.duration=30.0", "stimuli.drive.params.weight=60.0",
                            f"partition.method={partition}", f"exchange.method={method}", *more])


def same(first, *others):
    for other in others:
        for key in volley.HASHES:
            assert other[key] == first[key], (key, other["partition"], other["exchange"])


def test_ring(directory):
    """Numbered along the ring, ranges of neurons are regions; each rank has two neighbours."""
    config = local.write(directory, "ring", 4000, 20, shuffle=False)
    gathered, near = (run(config, directory, "block", method) for method in ("allgather", "neighbour"))
    same(gathered, near)
    assert gathered["populations"]["cells"]["spikes"] > 10000, gathered["populations"]
    # 10 neurons at each end of a range have targets beyond it
    assert near["partition"]["messages"] == 20 * RANKS, near["partition"]
    # of the 20 sources of a target at distance d from the end, 10 - d are beyond it
    assert near["partition"]["cut_synapses"] == 2 * RANKS * sum(range(1, 11)), near["partition"]
    assert near["partition"]["largest_over_mean"] == {"neurons": 1.0, "synapses": 1.0, "cost": 1.0}
    assert near["exchange"]["messages"] >= 300 * (2 * RANKS + 2 * RANKS), near["exchange"]
    assert near["exchange"]["bytes"] < 0.2 * gathered["exchange"]["bytes"], (near["exchange"], gathered["exchange"])
    # a spike is needed by few ranks: the more of them, the more the allgather moves in vain
    busy = run(config, directory, "block", "auto", "populations.cells.expected_rate=200.0")
    same(gathered, busy)
    assert busy["exchange"]["method"] == "neighbour", busy["exchange"]
    if HAS_SCOTCH:
        auto = run(config, directory, "scotch", "auto")
        same(gathered, auto)
        assert auto["partition"]["graph"] == "neurons"


def test_sheet(directory):
    """Numbered at random, only the graph of the neurons knows the regions."""
    config = local.write(directory, "sheet", 3600, 20, shuffle=True)
    scattered = run(config, directory, "block", "neighbour")
    assert 0.7 < scattered["partition"]["cut"] < 0.8, scattered["partition"]
    busy = run(config, directory, "block", "auto", "populations.cells.expected_rate=200.0")
    assert busy["exchange"]["method"] == "allgather", busy["exchange"]
    if HAS_SCOTCH:
        cut = run(config, directory, "scotch", "neighbour")
        same(scattered, cut)
        assert cut["partition"]["cut"] < 0.2, cut["partition"]
        assert cut["partition"]["messages"] < 0.3 * scattered["partition"]["messages"], cut["partition"]
        assert cut["partition"]["largest_over_mean"]["neurons"] < 1.1, cut["partition"]


def test_chain(directory):
    """Populations that drive one another in a chain, not in the order of the config."""
    config = local.write(directory, "chain", 4000, 10, shuffle=True)
    scattered = run(config, directory, "block", "neighbour")
    if HAS_SCOTCH:
        cut = run(config, directory, "scotch", "neighbour")
        same(scattered, cut)
        assert cut["partition"]["graph"] == "populations"
        assert cut["partition"]["messages"] < 0.3 * scattered["partition"]["messages"], cut["partition"]
        neurons = run(config, directory, "scotch", "neighbour", "partition.graph=neurons")
        same(scattered, neurons)
        assert neurons["partition"]["messages"] < 0.3 * scattered["partition"]["messages"], neurons["partition"]


if __name__ == "__main__":
    volley.main([test_ring, test_sheet, test_chain])
