# SPDX-License-Identifier: BSD-3-Clause
"""A resume in the same directory looks at all recordings before it touches one: without the frames and snapshots that the
checkpoint counts on it is refused, and the directory stays as it is."""
import os
import shutil
import sys

import h5py

from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 100.0, seed: 5}
populations: {E: {model: iaf_psc_exp, size: 30, params: {I_e: 450.0}}}
projections:
  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 4}, weight: 20.0, delay: 1.5,
       plasticity: {rule: stdp, params: {w_max: 100.0}}}
record:
  rates: {interval: 10.0}
  state: [{population: E, variables: [V_m], interval: 1.0}]
  weights: [{projection: EE, interval: 20.0}]
checkpoint: {interval: 30.0}
"""
STATE = "state_E_V_m.h5"


def content(directory):
    """Names and bytes of all files, but for the lock, which a run that is refused takes for a moment."""
    found = {}
    for name in os.listdir(directory):
        if name != "run.lock":
            with open(os.path.join(directory, name), "rb") as file:
                found[name] = file.read()
    return found


def cut(path, size):
    os.truncate(path, size)


def shorten_frames(path):
    with h5py.File(path, "r+") as file:
        data = file["report/E/data"]
        values = data[:50]
        del file["report/E/data"]
        file["report/E"].create_dataset("data", data=values)


def move_times(path):
    with h5py.File(path, "r+") as file:
        file["weights/EE/time"][1] = 21.0


DAMAGES = (("spikes.h5", os.remove, "spikes"), ("weights.h5", os.remove, "weights.h5 is missing"),
           (STATE, os.remove, f"{STATE} is missing"), ("weights.h5", lambda path: cut(path, 3000), "weights.h5"),
           (STATE, lambda path: cut(path, 100), STATE), (STATE, lambda path: cut(path, 0), STATE),
           (STATE, shorten_frames, "does not hold the 61 frames of 30 neurons"),
           ("weights.h5", move_times, "does not hold the snapshot of EE at 20 ms"))


def resume(config, directory, duration, ranks=None):
    return volley.start(["run", config, "--resume", directory, "-q", "--threads", 1, "--set", f"simulation.duration={duration}"],
                        ranks)


def test_refused(directory):
    config, whole = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "whole")
    volley.run(config, whole)
    for number, (name, damage, words) in enumerate(DAMAGES):
        out = os.path.join(directory, f"damaged_{number}")
        shutil.copytree(whole, out)
        damage(os.path.join(out, name))
        before = content(out)
        done = resume(config, out, 130.0, ranks=2 if number % 3 == 0 else None)
        assert done.returncode == 2 and words in done.stderr, (name, words, done.returncode, done.stderr)
        assert "holds no checkpoint that can be used" in done.stderr, (name, done.stderr)
        assert content(out) == before, (name, sorted(os.listdir(out)))


def test_unfinished(directory):
    """The same of what a run has left that died: files under their temporary names."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "died")
    done = volley.start(["run", config, "-o", out, "-q", "--threads", 1], environment={"VOLLEY_FAULT": "step:0:700:exit"})
    assert done.returncode != 0 and f"{STATE}.tmp" in os.listdir(out), os.listdir(out)
    kept = content(out)
    os.remove(os.path.join(out, f"{STATE}.tmp"))
    before = content(out)
    done = resume(config, out, 100.0)
    assert done.returncode == 2 and f"{STATE} is missing" in done.stderr and content(out) == before, done.stderr
    for name, data in kept.items():
        with open(os.path.join(out, name), "wb") as file:
            file.write(data)
    assert resume(config, out, 100.0).returncode == 0


def test_earlier(directory):
    """A run that shall end at its checkpoint lacks the snapshot of its end: the checkpoint before it serves."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    volley.run(config, out)
    done = resume(config, out, 90.0)
    assert done.returncode == 0 and "does not hold the snapshot of EE at 90 ms" in done.stderr, done.stderr
    whole = os.path.join(directory, "whole")
    volley.run(config, whole, sets=["simulation.duration=90.0"])
    done = volley.start(["diff", out, whole])
    assert done.returncode == 0, done.stdout + done.stderr


def test_branch(directory):
    """A run that began at a checkpoint of another directory goes on itself: its recordings began there."""
    config, first = volley.write(directory, "a.yaml", CONFIG.replace("record:\n", "record:\n  start: 7.0\n")), os.path.join(directory, "first")
    volley.run(config, first, sets=["record.rates.interval=9.0"])
    begin = ["run", config, "-q", "--threads", 1, "--set", "record.rates.interval=9.0", "--set", "simulation.duration=150.0",
             "--resume"]
    whole = os.path.join(directory, "branch")
    done = volley.start([*begin, os.path.join(first, "checkpoint-600.h5"), "-o", whole])
    assert done.returncode == 0, done.stderr
    for number, ranks in enumerate((None, 2)):
        out = os.path.join(directory, f"parts_{number}")
        done = volley.start([*begin, os.path.join(first, "checkpoint-600.h5"), "-o", out],
                            environment={"VOLLEY_FAULT": "step:0:1300:exit"})
        assert done.returncode != 0 and "checkpoint-1200.h5" in os.listdir(out), done.stderr
        done = volley.start([*begin, out], ranks)
        assert done.returncode == 0, done.stderr
        done = volley.start(["diff", out, whole])
        assert done.returncode == 0, done.stdout + done.stderr
        found, right = volley.read_run(out), volley.read_run(whole)
        for key in ("recorded_ms", "populations"):
            assert found[key] == right[key], (found[key], right[key])


def test_links(directory):
    """A checkpoint that is named through a link belongs to the directory of its file."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    volley.run(config, out)
    link, before = os.path.join(directory, "link.h5"), content(out)
    os.symlink(os.path.join("out", "checkpoint-900.h5"), link)
    longer = ["run", config, "-q", "--set", "simulation.duration=130.0", "--resume", link]
    done = volley.start([*longer, "-o", out, "--overwrite"])
    assert done.returncode == 2 and "--overwrite would remove the run" in done.stderr and content(out) == before, done.stderr
    done = volley.start(longer)
    assert done.returncode == 0 and volley.read_run(out)["simulated_ms"] == 130.0, done.stderr
    done = volley.start(["run", config, "--resume", "nowhere"])
    assert done.returncode == 2 and "--resume nowhere: there is no directory" in done.stderr, done.stderr


if __name__ == "__main__":
    sys.exit(volley.main([test_refused, test_unfinished, test_earlier, test_branch, test_links]))
