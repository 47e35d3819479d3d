# SPDX-License-Identifier: BSD-3-Clause
"""A run that fails in a known way, for the tests of this folder."""
import glob
import os
import re
from support import volley

# 200 neurons fire every 2 ms; the small record buffer closes a segment every few steps.
CONFIG = """
simulation: {dt: 0.1, duration: %s, seed: 1}
populations:
  cells:
    model: iaf_psc_exp
    size: 200
    init: {V_m: {uniform: {low: -70.0, high: -56.0}}}
stimuli:
  drive: {model: dc, target: cells, params: {amplitude: 2000.0}}
"""
SMALL_BUFFER = {"VOLLEY_RECORD_BUFFER": "100"}


def messages(done):
    return [line for line in done.stderr.splitlines() if line.startswith("volley:")]


def check(done, code, *words):
    """One message with these words, and the exit code."""
    assert done.returncode == code, f"exit code {done.returncode}, not {code}:\n{done.stderr}"
    assert len(messages(done)) == 1, f"{len(messages(done))} messages:\n{done.stderr}"
    for word in words:
        assert word in messages(done)[0], f"{word} is not in {messages(done)[0]}"


def segments(directory):
    return sorted(glob.glob(os.path.join(directory, "spikes-*.part.h5")))


def check_segments(directory):
    """There are closed segments, `volley info` reads them, and nothing half written looks like a result."""
    assert segments(directory), os.listdir(directory)
    done = volley.start(["info", directory])
    assert done.returncode == 0 and re.search(r"cells", done.stdout), done.stdout + done.stderr
    assert not os.path.exists(os.path.join(directory, "spikes.h5"))
    assert not os.path.exists(os.path.join(directory, "run.json"))


def state_of(pid):
    """Letter of the process's state, None when it has gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return None
