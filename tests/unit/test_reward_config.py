# SPDX-License-Identifier: BSD-3-Clause
"""What `check` says of patterns, rewards and the rules that learn by them."""
import os
from support import volley

BASE = """simulation: {dt: 0.1, duration: 100.0}
populations:
  pre: {model: lif_euler, size: 2}
  post: {model: lif_euler, size: 3}
stimuli:
  shown: {model: patterns, target: pre, params: {values: [[1.0, 2.0], [3.0, 4.0]], interval: 0.5}}
  steady: {model: dc, target: post, params: {amplitude: 1.0}}
  judged:
    model: reward
    params: {response: {patterns: shown, neurons: post, table: [[1.0, -1.0], [-1.0, 1.0]]}}
projections:
  p:
    source: pre
    target: post
    connect: {rule: all_to_all}
    weight: 0.5
    delay: 0.3
    plasticity: {rule: mstdp, reward: judged}
"""

REFUSED = [
    # --set, place, what is said
    (["stimuli.shown.params.values=[[1, 2], [3]]"], "stimuli.shown.params.values[1]", "wrong length: value 1 numbers; allowed 2"),
    (["stimuli.shown.params.values=[]"], "stimuli.shown.params.values", "must be a list of patterns"),
    (["stimuli.shown.params.values=[[1, x]]"], "stimuli.shown.params.values[0][1]", "must be a finite number: value x"),
    (["stimuli.shown.params.interval=0.05"], "stimuli.shown.params.interval", "allowed"),
    (["stimuli.shown.params.order=cylce"], "stimuli.shown.params.order", 'did you mean "cycle"?'),
    (["stimuli.shown.params.oder=cycle"], "stimuli.shown.params.oder", 'did you mean "order"?'),
    (["scale.neurons=2"], "stimuli.shown", "patterns cannot be scaled"),
    (["stimuli.judged.target=post"], "stimuli.judged.target", "a reward has no target"),
    (["stimuli.judged.params={}"], "stimuli.judged.params", "must be one of constant, schedule, response, spikes"),
    (["stimuli.judged.params={constant: 1, spikes: {}}"], "stimuli.judged.params", "must be one of constant, schedule"),
    (["stimuli.judged.params={constnt: 1}"], "stimuli.judged.params.constnt", 'did you mean "constant"?'),
    (["stimuli.judged.params.response.patterns=judged"], "stimuli.judged.params.response.patterns", 'did you mean "shown"?'),
    (["stimuli.judged.params.response.neurons=pots"], "stimuli.judged.params.response.neurons", 'did you mean "post"?'),
    (["stimuli.judged.params.response.table=[[1, 2]]"], "stimuli.judged.params.response.table", "each of the 2 patterns"),
    (["stimuli.judged.params.response.table=[[1, 2], 3]"], "stimuli.judged.params.response.table[1]", "must be two numbers"),
    (["stimuli.judged.params={schedule: {times: [2, 1], values: [0, 1]}}"], "stimuli.judged.params.schedule.times[1]",
     "times must ascend: value 1"),
    (["stimuli.judged.params={schedule: {times: [1], values: [0, 1]}}"], "stimuli.judged.params.schedule.values",
     "value 2; allowed 1"),
    (["stimuli.judged.params={schedule: {times: [1], values: [0], file: x}}"], "stimuli.judged.params.schedule",
     "takes either file or times and values"),
    (["stimuli.judged.params={schedule: {file: nowhere.txt}}"], "stimuli.judged.params.schedule.file", "nowhere.txt"),
    (["stimuli.judged.params={spikes: {neurons: post, delay: 0.0}}"], "stimuli.judged.params.spikes.delay", "allowed at least"),
    (["stimuli.judged.params={spikes: {neurons: post}}"], "stimuli.judged.params.spikes.delay", "missing key"),
    (["projections.p.plasticity.reward=jugded"], "projections.p.plasticity.reward", 'did you mean "judged"?'),
    (["projections.p.plasticity={rule: mstdp}"], "projections.p.plasticity.reward", "missing key: mstdp learns by a reward"),
    (["projections.p.plasticity.rule=stdp", "projections.p.dendritic_delay=all"], "projections.p.plasticity.reward",
     "stdp learns by no reward"),
    (["projections.p.plasticity.params={w_min: 2, w_max: 1}"], "projections.p.plasticity.params", "w_min is not below w_max: value 2 and 1"),
    (["projections.p.plasticity.params={w_min: -1}"], "projections.p.plasticity.params", "different signs"),
    (["projections.p.plasticity.params={tau_plus: -1}"], "projections.p.plasticity.params.tau_plus", "out of range"),
    (["projections.p.plasticity.params={lr_pre: 1}"], "projections.p.plasticity.params.lr_pre", "unknown key"),
    (["projections.p.weight=1.5"], "projections.p.weight", "outside the bounds of mstdp"),
    (["projections.p.plasticity={rule: stdp_dopamine, preset: nest, reward: judged}"], "projections.p.dendritic_delay",
     "needs a dendritic delay"),
    (["projections.p.plasticity.params={compare: synapse}", "exchange.interval=3"], "projections.p.plasticity",
     "judged is known too late: spikes are exchanged every 3 steps; allowed at most 1 steps"),
]

# The same in the section of its own.
MOVED = BASE.replace("  judged:\n    model: reward\n    params: {response: ", "signals:\n  judged:\n    {response: ")
MOVED_REFUSED = [
    (["signals.judged={}"], "signals.judged", "must be one of constant, schedule, response, spikes"),
    (["signals.judged={constant: 1, spikes: {neurons: post, delay: 1}}"], "signals.judged", "must be one of constant, schedule"),
    (["signals.judged={constnt: 1}"], "signals.judged.constnt", 'did you mean "constant"?'),
    (["signals.judged={model: reward, constant: 1}"], "signals.judged.model", "unknown key"),
    (["signals.judged.response.patterns=steady"], "signals.judged.response.patterns", 'did you mean "shown"?'),
    (["signals.judged.response.neurons=pots"], "signals.judged.response.neurons", 'did you mean "post"?'),
    (["signals.judged.stop=0.0"], "signals.judged.stop", "not after start"),
    (["stimuli.judged={model: reward, params: {constant: 1}}"], "stimuli.judged", "given twice: signals has a judged"),
    (["projections.p.plasticity.reward=shown"], "projections.p.plasticity.reward", 'did you mean "judged"?'),
    (["projections.p.plasticity.reward=jugded"], "projections.p.plasticity.reward", 'did you mean "judged"?'),
    (["projections.p.plasticity={rule: mstdp, signals: {reward: jugded}}"], "projections.p.plasticity.signals.reward",
     'did you mean "judged"?'),
    (["projections.p.plasticity={rule: mstdp, signals: {n: judged}}"], "projections.p.plasticity.signals.n", "allowed reward"),
    (["projections.p.plasticity={rule: mstdp, signals: {}}"], "projections.p.plasticity.signals.reward", "missing key"),
    (["projections.p.plasticity.signals={reward: judged}"], "projections.p.plasticity.signals",
     "given twice: reward is short for signals: {reward: judged}"),
    (["projections.p.plasticity={rule: stdp, signals: {reward: judged}}", "projections.p.dendritic_delay=all"],
     "projections.p.plasticity.signals", "stdp learns by no signal"),
    (["signals=null"], "projections.p.plasticity.reward", "there are no signals"),
    (["projections.p.plasticity.params={compare: synapse}", "exchange.interval=3"], "projections.p.plasticity",
     "judged is known too late"),
    (["stimuli.shown.target={population: pre, neurons: {first: 2}}", "signals.judged.response.neurons={population: post, neurons: {first: 1}}",
      "scale.neurons=2"], "stimuli.shown", "patterns cannot be scaled"),
    (["stimuli=null", "signals.judged={spikes: {neurons: {population: post, neurons: {first: 1}}, delay: 1.0}}", "scale.neurons=2"],
     "signals.judged", "a subset cannot be scaled"),
]

ACCEPTED = [
    ["projections.p.plasticity.params={compare: synapse}"],
    ["projections.p.plasticity.params={compare: synapse}", "exchange.interval=3", "projections.p.dendritic_delay=0.2"],
    ["exchange.interval=3"],
    ["projections.p.plasticity={rule: stdp_dopamine, reward: judged}"],
    ["stimuli.judged.params={constant: -1}"],
    ["stimuli.judged.params={spikes: {neurons: {population: post, neurons: {first: 1}}, delay: 1.0, value: 2}}"],
    ["projections.p.plasticity={rule: noop, params: {weight_decay: 0.1}}"],
]


def check(path, sets):
    arguments = ["check", path]
    for text in sets:
        arguments += ["--set", text]
    return volley.start(arguments)


def refused(directory):
    old, new = volley.write(directory, "net.yaml", BASE), volley.write(directory, "moved.yaml", MOVED)
    for path, (sets, place, text) in [(old, case) for case in REFUSED] + [(new, case) for case in MOVED_REFUSED]:
        done = check(path, sets)
        assert done.returncode == 2, (sets, done)
        assert any(f": {place}: " in line and text in line for line in done.stderr.splitlines()), f"{sets}\n{done.stderr}"


def accepted(directory):
    path = volley.write(directory, "net.yaml", BASE)
    for sets in [[], *ACCEPTED]:
        done = check(path, sets)
        assert done.returncode == 0, (sets, done.stderr)


def moved(directory):
    """A signal has the effect that it had among the stimuli, under both names for it in a projection."""
    old, new = volley.write(directory, "net.yaml", BASE), volley.write(directory, "moved.yaml", MOVED)
    drive = ["stimuli.shown.params.values=[[100.0, 0.0], [0.0, 100.0]]", "stimuli.shown.params.order=random"]
    by_name = "projections.p.plasticity={rule: mstdp, signals: {reward: judged}}"
    kinds = ["{response: {patterns: shown, neurons: post, table: [[1.0, -1.0], [-1.0, 1.0]]}}", "{constant: 0.5}",
             "{schedule: {times: [10.0, 60.0], values: [1.0, -1.0]}}", "{spikes: {neurons: post, delay: 1.0, value: 2}}"]
    seen = set()
    for kind in kinds:
        was = volley.run(old, os.path.join(directory, "old"), sets=[*drive, f"stimuli.judged.params={kind}", "stimuli.judged.stop=90.0"])
        now = volley.run(new, os.path.join(directory, "new"),
                         sets=[*drive, f"signals.judged={kind[:-1]}, stop: 90.0}}", *([by_name] if kind == kinds[0] else [])])
        assert [was[key] for key in volley.HASHES] == [now[key] for key in volley.HASHES], kind
        seen.add(now["weight_hash"])
    assert len(seen) == len(kinds)


def noted(directory):
    """Rewards among the stimuli count for the random numbers of later ones, and check says so."""
    later = "stimuli.more={model: noise, target: post}"
    path = volley.write(directory, "net.yaml", BASE)
    assert "rewards have" not in check(path, []).stdout
    done = check(path, [later])
    assert "stimuli.judged: rewards have a section of their own, signals" in done.stdout, done.stdout
    assert "moved there, more would draw others" in done.stdout, done.stdout
    moved = check(volley.write(directory, "moved.yaml", MOVED), [later])
    assert moved.returncode == 0 and "rewards have" not in moved.stdout, moved.stderr
    assert "signals (1)" in moved.stdout and "reward: signal judged" in moved.stdout, moved.stdout


def schedule_file(directory):
    """A schedule from a file next to the config is the same as one inside it; its mistakes are told."""
    inside = volley.write(directory, "inside.yaml", BASE.replace(
        "{response: {patterns: shown, neurons: post, table: [[1.0, -1.0], [-1.0, 1.0]]}}",
        "{schedule: {times: [0.0, 20.0, 50.5], values: [1.0, -2.0, 1e2]}}").replace("4.0]]", "40.0]]"))
    outside = volley.write(directory, "outside.yaml", open(inside, encoding="utf-8").read().replace(
        "times: [0.0, 20.0, 50.5], values: [1.0, -2.0, 1e2]", "file: reward.csv"))
    volley.write(directory, "reward.csv", "time,note,value\n0,1,1.0\n20.0,2,-2\r\n50.5,3,1e2")
    hashes = {volley.run(path, os.path.join(directory, "result"))["weight_hash"] for path in (inside, outside)}
    still = volley.run(inside, os.path.join(directory, "result"), sets=["stimuli.judged.params={constant: 0.0}"])
    assert len(hashes) == 1 and still["weight_hash"] not in hashes
    for text, told in (("time,value\n0,1\nx,2\n", "reward.csv"), ("time\n0\n", "value"), ("time,value\n", "holds no times"),
                       ("time,value\n5,1\n4,1\n", "must ascend from 0 by multiples of dt: value 4 (number 2)"),
                       ("time,value\n0.05,1\n", "allowed multiples of 0.1 ms"), ("time,value\n-1,1\n", "value -1")):
        volley.write(directory, "reward.csv", text)
        done = check(outside, [])
        assert done.returncode == 2 and told in done.stderr and "schedule.file" in done.stderr, (text, done.stderr)


def late_with_list(directory):
    """Delays of a list in a file are known later; a reward that comes too late is found all the same."""
    path = volley.write(directory, "net.yaml", BASE.replace("    delay: 0.3\n", ""))
    volley.write(directory, "edges.csv", "source,target,delay\n0,1,0.4\n1,2,0.3\n")
    sets = ["projections.p.connect={rule: list, file: %s}" % os.path.join(directory, "edges.csv"),
            "projections.p.plasticity.params={compare: synapse}"]
    done = check(path, [*sets, "exchange.interval=1"])
    assert done.returncode == 0, done.stderr
    done = check(path, [*sets, "exchange.interval=3"])
    assert done.returncode == 2 and "projections.p.plasticity: judged is known too late" in done.stderr, done.stderr


volley.main([refused, accepted, moved, noted, schedule_file, late_with_list])
