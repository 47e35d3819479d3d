# SPDX-License-Identifier: BSD-3-Clause
"""A disk that is full, a quota that is used up and files that vanish under a run with checkpoints: one message, and the
run goes on from the last checkpoint when the cause is gone."""
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from faults.failing import check, messages  # noqa: E402
from faults.kills import LIMIT, Whole, checkpoints, end, finish, launch, processes  # noqa: E402
from support import volley  # noqa: E402

WRITES = os.environ.get("VOLLEY_WRITES_LIBRARY")
INTERVALS = ["--threads", "1", "--set", "checkpoint.interval=20"]


@contextlib.contextmanager
def disk(directory, kilobytes):
    """A disk of that size, or None where none can be mounted."""
    path = os.path.join(directory, "disk")
    os.makedirs(path, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "volley-test", path],
                             capture_output=True, text=True, check=False)
    if mounted.returncode != 0:
        print("skipped: no small disk can be mounted:", mounted.stderr.strip())
        yield None
        return
    try:
        yield path
    finally:
        subprocess.run(["umount", path], check=True)


def resize(path, kilobytes):
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", path], check=True)


def failed(run, out):
    """One message that names the disk and a file, and exit code 3; returns the file's name."""
    code, stderr = end(run)
    done = subprocess.CompletedProcess([], code, "", stderr)
    check(done, 3, out)
    return messages(done)[0].split(out + "/")[1].split(":")[0]


def test_full(directory):
    """Disks on which states, weights, a checkpoint, spikes or the merge find no room; then there is room."""
    whole = Whole(directory)
    met = set()
    for number, (ranks, kilobytes) in enumerate(((None, 600), (2, 1700), (None, 3200), (3, 3500))):
        with disk(directory, kilobytes) as path:
            if not path:
                return
            out = os.path.join(path, "out")
            met.add(failed(launch(whole.config, out, (ranks, INTERVALS)), out).split("-")[0])
            whole.check_left(out)
            assert not [name for name in os.listdir(out) if ".tmp" in name and not checkpoints(out)], os.listdir(out)
            resize(path, 20000)
            finish(whole, out, ((None, 2)[number % 2], ["--set", "exchange.interval=min_delay"]))
    assert {"state_E_V_m.h5", "checkpoint"} <= {name.removesuffix(".tmp") for name in met}, met
    print("full at", sorted(met))


def test_quota(directory):
    """Writes that take half of the bytes, and none after that: in each kind of file."""
    whole = Whole(directory)
    for number, word in enumerate(("state_", ".part.h5", "weights.h5", "checkpoint-", "/spikes.h5", "rates.h5")):
        for ranks, nth in ((None, 1), (2, 7)) if WRITES else ():
            if ranks or number % 2 == 0:
                out = os.path.join(directory, f"out{number}_{ranks}_{nth}")
                run = launch(whole.config, out, (ranks, INTERVALS),
                             {"LD_PRELOAD": WRITES, "VOLLEY_WRITES": f"full:0:{nth}:{word}",
                              "VOLLEY_WRITES_LOG": out + ".log"})
                name = failed(run, out)
                assert word.strip("/") in f"/{name}", f"{word} {nth} on {ranks} ranks: {name}"
                whole.check_left(out)
                finish(whole, out, (2 if ranks is None else None, ["--threads", "1"]))
                shutil.rmtree(out)


def test_short(directory):
    """Writes that take half of the bytes, always: none is lost without a word."""
    whole = Whole(directory)
    words = ("state_", ".part.h5", "weights.h5", "checkpoint-", "/spikes.h5", "rates.h5", "run.json")
    for number, word in enumerate(words):
        for ranks in ((None, 2)[number % 2],) if WRITES else ():
            out = os.path.join(directory, f"short{number}")  # no word of a file in it, else all its files are meant
            run = launch(whole.config, out, (ranks, INTERVALS),
                         {"LD_PRELOAD": WRITES, "VOLLEY_WRITES": f"short:0:1:{word}", "VOLLEY_WRITES_LOG": out + ".log"})
            code, stderr = end(run)
            if code == 0:
                whole.check_end(out)
            else:
                assert code in (1, 3) and stderr.count("volley:") == 1, stderr
                finish(whole, out, (None, ["--threads", "1"]))


def test_limit(directory):
    """A limit on the size of files that one rank comes to have: an error as a full disk is, no signal that ends it."""
    whole = Whole(directory)
    for ranks, victim in ((None, 0), (3, 1)):
        out = os.path.join(directory, f"limit{victim}")
        run = launch(whole.config, out, (ranks, INTERVALS))
        until = time.monotonic() + LIMIT
        while not checkpoints(out) and run.process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        resource.prlimit(processes(run)[victim], resource.RLIMIT_FSIZE, (20000, 20000))
        failed(run, out)
        whole.check_left(out)
        finish(whole, out, (2 if ranks is None else None, ["--threads", "1"]))


if __name__ == "__main__":
    volley.main([test_full, test_quota, test_short, test_limit])
