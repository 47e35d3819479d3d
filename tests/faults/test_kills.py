# SPDX-License-Identifier: BSD-3-Clause
"""Nothing is lost: runs that are killed again and again, at random and at each place, go on to the same files.

`test_kills.py --table VOLLEY` is the long form, of at least VOLLEY_KILLS (100) kills, and prints where they landed;
VOLLEY_KILL_SEED repeats one."""
import concurrent.futures
import os
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from faults.kills import LIMIT, STOPS, Random, Table, Whole, checkpoints, end, finish, launch, place, processes, send  # noqa: E402
from support import volley  # noqa: E402

SEED = int(os.environ.get("VOLLEY_KILL_SEED", time.time_ns() % 1000000 if volley.TABLE else 1))
KILLS = int(os.environ.get("VOLLEY_KILLS", "100" if volley.TABLE else "20"))
AT_ONCE = 4 if volley.TABLE else 2
WRITES = os.environ.get("VOLLEY_WRITES_LIBRARY")
FAULTS = {"build": "build", "step": "step", "exchange": "exchange", "record": "flush",
          "checkpoint": "checkpoint write", "checkpoint_data": "checkpoint write", "checkpoint_name": "checkpoint write"}
# Files by the part of their path, with the most calls of one run that are counted for sure.
WRITTEN = (("checkpoint-", 300, "checkpoint write"), (".part.h5", 60, "flush"), ("/spikes.h5", 30, "merge"),
           ("weights.h5", 30, "flush"), ("state_", 40, "flush"), ("rates.h5", 12, "merge"), ("run.json", 2, "merge"))
PLACES = ("build", "step", "exchange", "flush", "checkpoint write", "merge")  # each is met in a tenth of the kills


def kill_at_random(whole, out, random, table, seconds):
    """SIGKILL for a random rank at a random moment, also before and after the loop."""
    layout = random.layout()
    number, wait = random.below(8), seconds * random.below(1000) / 1000
    run = launch(whole.config, out, layout)
    sent = send(run, signal.SIGKILL, lambda: processes(run)[number % (layout[0] or 1)], wait)
    code, stderr = end(run)
    if not sent or code == 0:
        assert code == 0, f"{layout} gave {code}:\n{stderr}"
        return 0
    assert code in (-9, 137), f"{layout} gave {code}:\n{stderr}"
    table.add("SIGKILL, any moment", place(run, out))
    return 1


def kill_by_fault(whole, out, random, table, _):
    """The end of a process without a word, at one of the places that have a name."""
    layout = random.layout()
    short = table.short_of(PLACES, KILLS // 10)
    name = random.choose(sorted(name for name, where in FAULTS.items() if where in short) or sorted(FAULTS))
    step = (checkpoints(out) or [0])[-1] + 1 + random.below(500)
    at = "" if name == "build" else f":{step}"
    run = launch(whole.config, out, layout, {"VOLLEY_FAULT": f"{name}:{random.below(layout[0] or 1)}{at}:exit"})
    code, stderr = end(run)
    if "VOLLEY_FAULT" not in stderr:
        assert code == 0, f"{layout} gave {code}:\n{stderr}"
        return 0
    assert code == 1, f"{name} gave {code}:\n{stderr}"
    table.add("VOLLEY_FAULT exit", FAULTS[name])
    return 1


def kill_between_bytes(whole, out, random, table, _):
    """SIGKILL in the middle of a write, or before a sync, a rename or a removal."""
    layout = random.layout()
    short = table.short_of(PLACES, KILLS // 10)
    word, most, where = random.choose([row for row in WRITTEN if row[2] in short] or WRITTEN)
    log = out + ".log"
    number = 1 + random.below(most)
    run = launch(whole.config, out, layout,
                 {"LD_PRELOAD": WRITES, "VOLLEY_WRITES": f"kill:{random.below(layout[0] or 1)}:{number}:{word}",
                  "VOLLEY_WRITES_LOG": log})
    code, stderr = end(run)
    if not os.path.exists(log):
        assert code == 0, f"{layout} gave {code}:\n{stderr}"
        return 0
    assert code in (-9, 137), f"{layout} gave {code}:\n{stderr}"
    with open(log, encoding="utf-8") as file:
        call = file.read().split()[2]
    os.remove(log)
    table.add("SIGKILL in " + ("a write" if "write" in call else call), where)
    return 1


def stop_by_signal(whole, out, random, table, seconds):
    """A signal that asks for a checkpoint, to the process or to mpirun; SIGUSR1 is followed by SIGKILL."""
    layout = random.layout()
    run = launch(whole.config, out, layout)
    number = random.choose(STOPS)
    through = f"{number.name} through mpirun" if layout[0] else f"{number.name} directly"
    wait = seconds * random.below(1000) / 1000
    if wait < 0.5:  # before its handlers are there a signal ends a process, as it does any other
        wait += 0.5
    sent = send(run, number, lambda: run.process.pid, wait)
    if sent and number == signal.SIGUSR1:
        send(run, signal.SIGKILL, lambda: processes(run)[0], seconds * random.below(1000) / 3000)
    code, stderr = end(run)
    if not sent or code == 0:
        assert code == 0, f"{layout} gave {code}:\n{stderr}"
        return 0
    if code == -11 and "PMIx_server_finalize" in stderr:
        code = 1  # mpirun of Open MPI 4.1.4 crashed at its own end, after the ranks (jobs/README.md names its other faults)
    allowed = {signal.SIGUSR1: (-9, 137, 138, -10), signal.SIGUSR2: (75, 140, -12, 1), signal.SIGTERM: (75, 1, 143, -15)}
    assert code in allowed[number], f"{number.name} to {layout} gave {code}:\n{stderr}"
    if code == 75:
        assert checkpoints(out), os.listdir(out)
    table.add(through, f"ended with {code}")
    return 1


def chain(whole, directory, seed, table, seconds, most=5):
    """One run that is disturbed up to `most` times; returns how often it was."""
    random, done, ways = Random(seed), 0, [kill_at_random, kill_by_fault, kill_at_random, stop_by_signal]
    if WRITES:
        ways += [kill_between_bytes, kill_between_bytes, kill_between_bytes]
    out = os.path.join(directory, f"out{seed}")
    try:
        for _ in range(most):
            done += random.choose(ways)(whole, out, random, table, seconds)
            if os.path.isdir(out):
                whole.check_left(out)
        finish(whole, out, random.layout())
    except Exception as error:
        raise AssertionError(f"chain {seed} of seed {SEED}: {error}") from error
    shutil.rmtree(out)
    return done


def disturb(directory):
    table, total, seed = Table(), 0, SEED * 10000
    whole = Whole(directory)
    start = time.monotonic()
    code, stderr = end(launch(whole.config, os.path.join(directory, "timed"), Random(SEED).layout()))
    assert code == 0, stderr
    seconds = min((time.monotonic() - start) * 1.1, LIMIT)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        while total < KILLS or (volley.TABLE and table.short_of(PLACES, KILLS // 10)):
            chains = [pool.submit(chain, whole, directory, seed + i, table, seconds) for i in range(AT_ONCE)]
            seed += AT_ONCE
            total += sum(one.result() for one in chains)
            if volley.TABLE:
                print(total, flush=True)
    return table, total


def test_kills(directory):
    print("seed", SEED, flush=True)
    table, total = disturb(directory)
    for row in table.rows():
        print(*row, sep=", ")
    assert total >= KILLS


if __name__ == "__main__":
    if volley.TABLE:
        print("seed", SEED, flush=True)
        with tempfile.TemporaryDirectory(prefix="volley-test-") as folder:
            seen, n = disturb(folder)
        volley.print_table(("what", "where", "times"), seen.rows())
        print(f"{n} in all; every run went on to the same hashes and files")
    else:
        volley.main([test_kills])
