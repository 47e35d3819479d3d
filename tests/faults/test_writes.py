# SPDX-License-Identifier: BSD-3-Clause
"""One call that writes, syncs, renames or cuts a result file fails, whichever it is, on whichever rank: the run ends soon
with one message and one exit code, what it leaves is readable, and it goes on from the checkpoint before.

`test_writes.py --table VOLLEY` fails every call of every rank in turn, VOLLEY_WRITES_STRIDE (1) apart, and prints what
became of them by file and call; without it a few of them are tried."""
import collections
import concurrent.futures
import os
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from faults import kills  # noqa: E402
from faults.kills import Hangs, Whole, checkpoints, end, finish, launch  # noqa: E402
from support import volley  # noqa: E402

WRITES = os.environ.get("VOLLEY_WRITES_LIBRARY")
SHORT = kills.CONFIG.replace("duration: 300.0", "duration: 50.0").replace("interval: 0.5, precision", "interval: 2.5, precision")
# Snapshots, frames, rates and spikes are written at the steps of checkpoints.
TOGETHER = SHORT.replace("interval: 7.0", "interval: 10.0").replace("E_to_E, interval: 25.0", "E_to_E, interval: 10.0").replace(
    "duration: 50.0", "duration: 40.0")
CODES = {"enospc": 3, "edquot": 3, "eio": 1}
LAYOUT = ["--threads", "1", "--set", "checkpoint.interval=20"]
WORD = "/disturbed"  # in the path of every file of a disturbed run
LIMIT = 120.0  # seconds for a run of one, on a machine that does other things as well


def disturb(whole, directory, ranks, what, word):
    """A run with VOLLEY_WRITES=what for the files with the word in their path; returns its result directory, the log of
    the library, exit code, stderr, seconds."""
    base = tempfile.mkdtemp(dir=directory)
    out, log = base + WORD, os.path.join(base, "log")
    start = time.monotonic()
    run = launch(whole.config, out, (ranks, LAYOUT),
                 {"LD_PRELOAD": WRITES, "VOLLEY_WRITES": what + word, "VOLLEY_WRITES_LOG": log, "VOLLEY_RECORD_BUFFER": "600"})
    try:
        code, stderr = end(run, LIMIT)
    except Hangs as error:
        code, stderr = "hangs", str(error)
    text = ""
    if os.path.exists(log):
        with open(log, encoding="utf-8") as file:
            text = file.read()
    return out, text, code, stderr, time.monotonic() - start


def calls(whole, directory, ranks, word):
    """How many calls each rank makes in an undisturbed run."""
    out, log, code, stderr, _ = disturb(whole, directory, ranks, "count:0:1:", word)
    assert code == 0, stderr
    whole.check_end(out)
    shutil.rmtree(os.path.dirname(out))
    return {int(line.split()[1]): int(line.split()[2]) for line in log.splitlines()}


def kind_of(path):
    """The file of a path, without its numbers."""
    name = os.path.basename(path)
    for start in ("checkpoint-", "spikes-", "state_"):
        if name.startswith(start):
            return start + "*" + name[name.index(".h5") - (5 if ".part" in name else 0):]
    return name


def check_case(whole, directory, word, ranks, rank, number, error):
    """Returns (file, call, what came of it, seconds)."""
    out, log, code, stderr, seconds = disturb(whole, directory, ranks, f"{error}:{rank}:{number}:", word)
    words = log.split()
    assert words or code == "hangs", f"{error}:{rank}:{number} on {ranks} ranks: only so many calls, gave {code}:\n{stderr}"
    words = words or ["", "", "none", "none"]
    place = kind_of(words[3]), words[2]
    about = f"{error}:{rank}:{number} on {ranks} ranks, {words[2]} of {words[3]}, gave {code}:\n{stderr}"
    assert code != "hangs", about
    if code == 0:
        assert "volley:" not in stderr, about
        whole.check_end(out)
        result = "done all the same"
    else:
        assert code == CODES[error], about
        assert stderr.count("volley:") == 1 and out in stderr, about
        whole.check_left(out)
        result = f"exit {code}, " + ("checkpoint" if checkpoints(out) else "no checkpoint yet")
        finish(whole, out, ((None, 2, 3)[number % 3], ["--threads", "1"]))
    shutil.rmtree(os.path.dirname(out))
    return *place, result, seconds


class Sweep:
    """Cases and what came of them."""

    def __init__(self, directory, config=SHORT, word=WORD):
        self.directory, self.whole, self.word = directory, Whole(directory, config), word
        self.rows, self.slowest, self.failed, self.lock = collections.Counter(), 0.0, [], threading.Lock()

    def case(self, *case):
        try:
            file, call, result, seconds = check_case(self.whole, self.directory, self.word, *case)
        except Exception as error:  # pylint: disable=broad-except
            with self.lock:
                self.failed.append(f"{case}: {type(error).__name__}: {error}")
            if volley.TABLE:
                print(self.failed[-1], flush=True)
            return
        with self.lock:
            self.rows[case[3], file, call, result] += 1
            self.slowest = max(self.slowest, seconds)

    def run(self, cases, at_once):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            list(pool.map(lambda case: self.case(*case), cases))


def cases_of(sweep, errors, layouts, stride):
    """Every stride-th call of every rank; each error begins at another one."""
    for ranks in layouts:
        for rank, n in sorted(calls(sweep.whole, sweep.directory, ranks, sweep.word).items()):
            for shift, error in enumerate(errors):
                for number in range(1 + shift * stride // len(errors) % stride, n + 1, stride):
                    yield ranks, rank, number, error


def test_every_call(directory):
    if not WRITES:
        print("skipped: no library that can be loaded before others")
        return
    sweep = Sweep(directory)
    sweep.run(list(cases_of(sweep, CODES, (3,), 199)), 1)
    assert not sweep.failed, "\n".join(sweep.failed)


def test_together(directory):
    """A failure at a step that has a snapshot and a checkpoint is not forgotten by what comes after it."""
    if WRITES:
        sweep = Sweep(directory, TOGETHER, "/weights.h5")
        sweep.run(list(cases_of(sweep, ("enospc", "eio"), (2,), 11)), 2)
        assert not sweep.failed, "\n".join(sweep.failed)


if __name__ == "__main__":
    if volley.TABLE:
        with tempfile.TemporaryDirectory(prefix="volley-test-") as folder:
            seen = Sweep(folder)
            seen.run(list(cases_of(seen, os.environ.get("VOLLEY_WRITES_ERRORS", ",".join(CODES)).split(","), (None, 2, 3),
                                   int(os.environ.get("VOLLEY_WRITES_STRIDE", "1")))), 2)
        volley.print_table(("error", "file", "call", "what came of it", "times"), [(*key, n) for key, n in sorted(seen.rows.items())])
        print(f"{sum(seen.rows.values())} failures, the slowest run ended after {seen.slowest:.1f} s; {len(seen.failed)} were not as they should")
        sys.exit(1 if seen.failed else 0)
    volley.main([test_every_call, test_together])
