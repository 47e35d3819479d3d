# SPDX-License-Identifier: BSD-3-Clause
"""Runs in pieces: each goes on from the checkpoint of the one before, on another layout."""
import json
import os
from support import volley

KEYS = (*volley.HASHES, "populations", "events", "network", "updates", "poisson_draws", "simulated_ms")


def result(directory):
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        return json.load(file)


def piece(config, directory, layout, sets, resume=True, code=0, arguments=()):
    """One run in `directory` on (ranks, threads, sets); returns the finished process."""
    ranks, threads, more = layout
    command = ["run", config, "-o", directory, "-q", "--threads", threads, *arguments]
    for text in [*sets, *more]:
        command += ["--set", text]
    done = volley.start(command + (["--resume"] if resume else []), ranks)
    assert done.returncode == code, f"{layout} gave {done.returncode}, not {code}:\n{done.stderr}"
    return done


def check_equal(whole, parts, restarts):
    """The results of an undisturbed run and of one with that many restarts."""
    first, second = result(whole), result(parts)
    for key in KEYS:
        assert first[key] == second[key], f"{key}: {second[key]}, not {first[key]}"
    assert len(second["restarts"]) == restarts, second["restarts"]
    done = volley.start(["diff", whole, parts])
    assert done.returncode == 0, done.stdout + done.stderr
    names = [sorted(name for name in os.listdir(path) if not name.startswith("checkpoint-"))
             for path in (whole, parts)]
    assert names[0] == names[1], names
