# SPDX-License-Identifier: BSD-3-Clause
"""T + T is 2T, bit for bit: spikes, states, rates, weights and hashes, on whatever layout the parts run."""
import os
import shutil
from contract import test_registry
from checkpoint.pieces import check_equal, piece, result
from plasticity import test_layouts_reward
from support import volley

NETWORK = os.path.join(volley.SOURCE, "tests", "invariance", "network.yaml")
RECORD = ["record.state=[{population: A, variables: [V_m, I_syn_ex], interval: 0.7, precision: float64}, "
          "{population: B, variables: [V_m], interval: 0.3, neurons: {every: 3}}]",
          "record.rates={interval: 3.1}", "record.start=2.0",
          "record.weights=[{projection: A_to_A_stdp, interval: 7.7}, {projection: B_to_A_centered}]"]
# Every ordered pair of 1 to 4 ranks follows one another once.
TOUR = (1, 1, 2, 1, 3, 1, 4, 2, 2, 3, 2, 4, 3, 3, 4, 4, 1)
PARTITIONS = ["block", "round_robin", "balanced"]
if "PT-Scotch  missing" not in volley.start(["--version"]).stdout:
    PARTITIONS.append("scotch") # ranks own lists of neurons


def layout(number, ranks):
    return ranks, 1 + number % 2 if ranks < 3 else 1, [
        f"partition.method={PARTITIONS[number % len(PARTITIONS)]}",
        f"exchange.interval={('step', 'min_delay', 2)[number // 2 % 3]}",
        f"exchange.method={('allgather', 'neighbour')[number // 3 % 2]}"]


def test_tour(directory):
    """A network whose spikes depend on the order of additions, with delays up to 34 steps and sources at step 0, in 17
    pieces of 7.3 ms: spikes are under way at each restart, sweeps lie between them, and all rules with state learn."""
    whole, parts = os.path.join(directory, "whole"), os.path.join(directory, "parts")
    end = f"simulation.duration={round(7.3 * len(TOUR), 1)}"
    volley.run(NETWORK, whole, sets=[*RECORD, end])
    for number, ranks in enumerate(TOUR):
        until = round(7.3 * (number + 1), 1)
        piece(NETWORK, parts, layout(number, ranks),
              [*RECORD, f"simulation.duration={until}", f"checkpoint.interval={until}"], resume=number > 0)
    check_equal(whole, parts, len(TOUR) - 1)
    steps = [entry["step"] for entry in result(parts)["restarts"]]
    assert steps == [73 * (i + 1) for i in range(len(TOUR) - 1)], steps
    assert [entry["layout"]["ranks"] for entry in result(parts)["restarts"]] == list(TOUR[1:])


def test_every_model_and_rule(directory):
    """Every row of the registries of neurons, stimuli and rules: a model that keeps something which is not saved goes
    other ways after a restart."""
    config = volley.write(directory, "reference.yaml", test_registry.described("config"))
    sets = [*test_registry.LIVELY, *test_registry.every_model(), "checkpoint=null",
            "record.weights=[{projection: stdp_window, interval: 13.0}]"]
    whole, parts = os.path.join(directory, "whole"), os.path.join(directory, "parts")
    run = volley.run(config, whole, sets=sets)
    assert run["events"]["plastic"] > 1000, run["events"]
    for number, (ranks, until) in enumerate([(1, 33.3), (3, 61.0), (2, 62.4), (1, 100.0)]):
        more = [f"simulation.duration={until}"] + ([f"checkpoint.interval={until}"] if until < 100.0 else [])
        piece(config, parts, layout(number, ranks), sets + more, resume=number > 0)
    check_equal(whole, parts, 3)
    assert test_registry.files_of(whole).keys() == {key for key in test_registry.files_of(parts)
                                                     if not key[0].startswith("checkpoint-")}


def test_rewards(directory):
    """Rewards of all kinds, some of which depend on spikes that are under way to them; three pieces."""
    config = volley.write(directory, "rewards.yaml", test_layouts_reward.CONFIG)
    sets = ["projections.pairs.plasticity.stop=null", "stimuli.dopa.stop=null"]
    whole, parts = os.path.join(directory, "whole"), os.path.join(directory, "parts")
    volley.run(config, whole, sets=[*sets, "simulation.duration=390.0"])
    for number, (ranks, until) in enumerate([(2, 150.3), (1, 251.9), (3, 390.0)]):
        more = [f"simulation.duration={until}"] + ([f"checkpoint.interval={until}"] if until < 390.0 else [])
        piece(config, parts, layout(number, ranks), sets + more, resume=number > 0)
    check_equal(whole, parts, 2)


def test_checkpoints_change_nothing(directory):
    """None, one and 28 of them, with snapshots between; then the run goes on from the middle of its end."""
    hashes = []
    many = os.path.join(directory, "many")
    for number, interval in enumerate((None, 171.3, 6.9)):
        out = many if interval == 6.9 else os.path.join(directory, str(number))
        sets = [*RECORD] + ([f"checkpoint.interval={interval}", "checkpoint.keep=3"] if interval else [])
        run = volley.run(NETWORK, out, ranks=(None, 2, None)[number], sets=sets)
        hashes.append([run[key] for key in volley.HASHES])
        found = sorted(int(name[11:-3]) for name in os.listdir(out) if name.startswith("checkpoint-"))
        assert found == ([], [1713], [1794, 1863, 1932])[number], found
    assert hashes[0] == hashes[1] == hashes[2], hashes
    # A run that has ended goes on from before its end, in its own directory: what is beyond gives way.
    whole = os.path.join(directory, "whole")
    longer = [*RECORD, "simulation.duration=215.0"]
    volley.run(NETWORK, whole, sets=longer)
    piece(NETWORK, many, (2, 1, []), longer)
    check_equal(whole, many, 1)


def test_elsewhere(directory):
    """Into another directory, recordings begin at the checkpoint, and other keys may differ."""
    sets = ["simulation.duration=60.0", "checkpoint.interval=40.0"]
    first, there = os.path.join(directory, "first"), os.path.join(directory, "there")
    whole = volley.run(NETWORK, first, sets=sets)
    before = sorted(os.listdir(first))
    record = ["record.state=[{population: A, variables: [V_m], interval: 10.0}]", "record.rates={interval: 10.0}"]
    piece(NETWORK, there, (2, 1, []), sets + record, arguments=["--resume", first], resume=False)
    run = result(there)
    assert [run[key] for key in volley.HASHES] == [whole[key] for key in volley.HASHES]
    assert run["restarts"][0]["step"] == 400 and sorted(os.listdir(first)) == before
    late = [spike for spike in volley.spikes(first, "A") if spike[0] > 400]
    assert volley.spikes(there, "A") == late and late
    import h5py
    with h5py.File(os.path.join(there, "state_A_V_m.h5")) as file:
        assert list(file["report/A/mapping/time"]) == [40.0, 70.0, 10.0], list(file["report/A/mapping/time"])
    with h5py.File(os.path.join(there, "rates.h5")) as file:
        assert list(file["rates/A/time"]) == [40.0, 50.0]
    # Training goes on without learning in a branch, and without the poisson input.
    done = piece(NETWORK, os.path.join(directory, "refused"), (1, 1, ["stimuli.more.params.rate=100.0"]), sets,
                 arguments=["--resume", first], resume=False, code=2)
    assert "stimuli.more.params.rate" in done.stderr, done.stderr
    hashes = []
    for number, ranks in enumerate((1, 3)):
        branch = os.path.join(directory, f"branch{number}")
        piece(NETWORK, branch, layout(number, ranks),
              [*sets, "stimuli.more.params.rate=100.0", "projections.A_to_A_stdp.plasticity.stop=40.0"],
              arguments=["--resume", os.path.join(first, "checkpoint-400.h5"), "--branch", "stimuli.more",
                         "--branch", "projections.A_to_A_stdp.plasticity"], resume=False)
        hashes.append([result(branch)[key] for key in volley.HASHES])
        assert result(branch)["restarts"][0]["branch"] == ["stimuli.more", "projections.A_to_A_stdp.plasticity"]
    assert hashes[0] == hashes[1] and hashes[0][0] != whole["spike_hash"]
    shutil.rmtree(there)


if __name__ == "__main__":
    volley.main([test_tour, test_every_model_and_rule, test_rewards, test_checkpoints_change_nothing, test_elsewhere])
