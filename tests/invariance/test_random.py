# SPDX-License-Identifier: BSD-3-Clause
"""Random networks on random layouts, whole and in two pieces: all give the bits of one thread without a vector unit.

`test_random.py --table VOLLEY` runs many more and prints what took part; NETWORKS=FIRST:LAST chooses others."""
import collections
import json
import os
import random
import shutil
import sys

from random_networks import network
from support import volley

PARTITIONS = ["block", "round_robin", "balanced"]
if "PT-Scotch  missing" not in volley.start(["--version"]).stdout:
    PARTITIONS.append("scotch")


def layout(r):
    """(ranks, threads, sets, vector unit)"""
    sets = [f"partition.method={r.choice(PARTITIONS)}", f"exchange.interval={r.choice(['step', 'min_delay'])}",
            f"exchange.method={r.choice(['allgather', 'neighbour', 'auto'])}"]
    return r.randint(1, 4), r.randint(1, 3), sets, r.choice(["plain", "avx2", None])


def run(config, directory, where, arguments=()):
    ranks, threads, sets, simd = where
    command = ["run", config, "-o", directory, "-q", "--threads", threads, *arguments]
    for text in sets:
        command += ["--set", text]
    done = volley.start(command, ranks, {"VOLLEY_SIMD": simd} if simd else None)
    assert done.returncode == 0, f"{config} on {where} gave {done.returncode}:\n{done.stderr}"


def compare(config, whole, other, where):
    results = []
    for path in (whole, other):
        with open(os.path.join(path, "run.json"), encoding="utf-8") as file:
            results.append(json.load(file))
    for key in volley.HASHES:
        assert results[0][key] == results[1][key], f"{config} on {where}: {key}"
    done = volley.start(["diff", whole, other])
    assert done.returncode == 0, f"{config} on {where}:\n{done.stdout}{done.stderr}"
    return results[0]


def check(number, directory):
    """Runs a network in three ways; returns its config and run.json, or None and the message when it is refused."""
    description, d = network(number)
    config = volley.write(directory, "network.yaml", json.dumps(description))
    checked = volley.start(["check", config])
    assert checked.returncode in (0, 2), f"network {number}: {checked.stderr}"
    if checked.returncode == 2:
        return None, checked.stderr
    r = random.Random(-1 - number)
    whole, other, parts = (os.path.join(directory, name) for name in ("whole", "other", "parts"))
    run(config, whole, (1, 1, ["partition.method=block"], "plain"))
    where = layout(r)
    run(config, other, where)
    result = compare(config, whole, other, where)
    first, second = layout(r), layout(r)
    first[2].append(f"checkpoint.interval={round(r.randint(d.steps // 6, d.steps - 1) * d.dt, 9)}")
    run(config, parts, first)
    checkpoint = r.choice(sorted(name for name in os.listdir(parts) if name.startswith("checkpoint-")))
    run(config, parts, second, ["--resume", os.path.join(parts, checkpoint)])
    compare(config, whole, parts, (first, checkpoint, second))
    return description, result


def check_all(first, last, directory):
    """How often each model and rule took part, and why configs were refused."""
    seen, refused = collections.Counter(), {}
    for number in range(first, last):
        home = os.path.join(directory, str(number))
        os.mkdir(home)
        found, result = check(number, home)
        if found is None:
            refused[number] = result
            continue
        shutil.rmtree(home)
        seen["networks"] += 1
        seen["spikes"] += sum(item["spikes"] for item in result["populations"].values())
        for item in [*found["populations"].values(), *found["stimuli"].values()]:
            seen[item["model"]] += 1
        for item in found["projections"].values():
            seen[item["connect"]["rule"]] += 1
            seen["plastic " + item["plasticity"]["rule"] if "plasticity" in item else "static"] += 1
    return seen, refused


def test_random_networks(directory):
    first, last = (int(part) for part in os.environ.get("NETWORKS", "0:200" if volley.TABLE else "0:12").split(":"))
    seen, refused = check_all(first, last, directory)
    assert len(refused) < (last - first) / 2, refused
    if volley.TABLE:
        volley.print_table(["what", "times"], sorted(seen.items()))
        for number, text in refused.items():
            print(number, text, file=sys.stderr)


if __name__ == "__main__":
    volley.main([test_random_networks])
