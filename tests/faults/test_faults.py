# SPDX-License-Identifier: BSD-3-Clause
"""VOLLEY_FAULT: wherever a rank fails, every rank ends soon, with one message and the right exit code.

`test_faults.py --table VOLLEY` prints faults, exit codes and the time until the last rank had ended, as markdown."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from failing import CONFIG, SMALL_BUFFER, check, check_segments, messages, state_of  # noqa: E402 (found by the line above)
from support import volley  # noqa: E402

LIMIT = 20.0  # seconds for a run of one second
CODES = {"error": 1, "nomem": 3, "exit": 1}
SEEN = []  # a row of the table for each run


def strike(directory, fault, ranks, *extra):
    """One run with this fault; returns what it left and its result directory."""
    config = volley.write(directory, "config.yaml", CONFIG % 30.0)
    out = os.path.join(directory, f"{fault.replace(':', '_')}_{ranks}")
    return timed(["run", config, "-o", out, "-q", "--threads", 2, *extra], fault, ranks), out


def timed(arguments, fault, ranks):
    """A run with this fault, noted for the table. Ranks have ended when mpirun has, or its time limit is passed."""
    start = time.monotonic()
    done = volley.start(arguments, ranks, {"VOLLEY_FAULT": fault, **SMALL_BUFFER}, timeout=LIMIT)
    seconds = f"{time.monotonic() - start:.2f}"
    how = "every step" if "--set" not in arguments else arguments[arguments.index("--set") + 1]
    SEEN.append((fault, ranks or "1, no mpirun", how, done.returncode, seconds, messages(done) or "none"))
    return done


def test_places(directory):
    for place in ("parse", "partition", "build", "step", "exchange", "record"):
        looped = place in ("step", "exchange", "record")
        for kind, code in CODES.items():
            for ranks in (1, 3) if volley.TABLE or kind == "error" else (3,):
                rank = ranks // 2
                done, out = strike(directory, f"{place}:{rank}{':200' if looped else ''}:{kind}", ranks)
                check(done, code, "VOLLEY_FAULT", kind, place, "(rank 1)" if ranks == 3 else "")
                if looped:
                    check_segments(out)


def test_interval(directory):
    """More than one step between exchanges, the exchange between neighbours, and the other end of the list of ranks."""
    config = CONFIG + """
projections:
  loop: {source: cells, target: cells, connect: {rule: fixed_indegree, indegree: 2}, weight: 1.0, delay: 1.0}
"""
    path = volley.write(directory, "loop.yaml", config % 30.0)
    for place in ("step", "exchange", "record"):
        for rank, method in ((0, "interval=min_delay"), (2, "interval=min_delay"), (0, "method=neighbour"),
                             (2, "method=neighbour")):
            out = os.path.join(directory, f"{place}_{rank}_{method}")
            done = timed(["run", path, "-o", out, "-q", "--set", f"exchange.{method}"], f"{place}:{rank}:205", 3)
            check(done, 1, "VOLLEY_FAULT", place, f"(rank {rank})")
            check_segments(out)
    done = timed(["run", path, "-o", os.path.join(directory, "gone"), "-q", "--set", "exchange.method=neighbour"],
                 "exchange:1:205:exit", 3)
    check(done, 1, "VOLLEY_FAULT", "exit", "(rank 1)")


def test_alone(directory):
    """Without mpirun, without a step and a kind."""
    done, _ = strike(directory, "step:0", None)
    check(done, 1, "error in step at step 0")
    assert len(done.stderr.splitlines()) == 1, done.stderr
    done, _ = strike(directory, "build:0:nomem", None)
    check(done, 3, "nomem in build")
    done, _ = strike(directory, "exchange:0:100000", None)
    assert done.returncode == 0 and done.stderr == "", "a step that never comes"


def processes_of(launcher, ranks):
    """The ranks: what mpirun has started, or the process itself."""
    if not ranks:
        return [launcher.pid]
    with open(f"/proc/{launcher.pid}/task/{launcher.pid}/children", encoding="utf-8") as file:
        return [int(pid) for pid in file.read().split()]


def wait_for(what, condition):
    limit = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < limit, f"{what}: not in {LIMIT} s"
        time.sleep(0.02)


def launch_stopped(directory, out, ranks, duration):
    """A run of which one process has stopped, as (launcher, processes, the stopped one)."""
    command = [*volley.LAUNCHER, "-n", str(ranks)] if ranks else []
    command += [volley.PROGRAM, "run", volley.write(directory, "config.yaml", CONFIG % duration), "-o", out, "-q",
                "--threads", "2"]
    fault = f"step:{ranks - 1 if ranks else 0}:200:stop"
    launcher = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, **SMALL_BUFFER, "VOLLEY_FAULT": fault})
    stopped = []

    def found():
        stopped[:] = [pid for pid in processes_of(launcher, ranks) if state_of(pid) == "T"]
        return stopped
    try:
        wait_for("a stopped process", found)
    except AssertionError:
        launcher.kill()
        raise
    return launcher, processes_of(launcher, ranks), stopped[0]


def test_stop(directory):
    """A process that does not respond holds up the run and changes nothing; when the job is ended, all go."""
    whole = volley.run(volley.write(directory, "config.yaml", CONFIG % 30.0), os.path.join(directory, "whole"))
    for ranks in (None, 3):
        out = os.path.join(directory, f"continued{ranks}")
        launcher, processes, stopped = launch_stopped(directory, out, ranks, 30.0)
        try:
            assert len(processes) == (ranks or 1) and launcher.poll() is None
            check_segments(out)
            os.kill(stopped, signal.SIGCONT)
            _, stderr = launcher.communicate(timeout=LIMIT)
            assert launcher.returncode == 0 and stderr == "", stderr
        finally:
            launcher.kill()
        with open(os.path.join(out, "run.json"), encoding="utf-8") as file:
            assert json.load(file)["spike_hash"] == whole["spike_hash"]
        out = os.path.join(directory, f"ended{ranks}")
        launcher, processes, stopped = launch_stopped(directory, out, ranks, 100000.0)  # mpirun continues, then ends
        try:
            launcher.send_signal(signal.SIGTERM)
            if not ranks:  # a stopped process gets a signal when it is continued, as a batch system does
                os.kill(stopped, signal.SIGCONT)
            launcher.communicate(timeout=LIMIT)
            assert launcher.returncode != 0
            wait_for("the end of all processes", lambda pids=processes: all(state_of(p) in (None, "Z") for p in pids))
        finally:
            launcher.kill()
        check_segments(out)


def test_malformed(directory):
    for text in ("steps:0", "step", "step:", "step:x", "step:-1", "step:0:", "step:0:1:2", "step:0:error:5",
                 "step:0:1:crash", "step:0:1:error:", "none:0", ":0", "step:1", "step:99999999999999999999"):
        done, out = strike(directory, text, None)
        check(done, 2, "VOLLEY_FAULT=" + text, "allowed")
        assert not os.path.exists(out)
    done, _ = strike(directory, "step:3", 3)
    check(done, 2, "no such rank", "0 to 2")
    for text in ("0", "-5", "many", "12x", "99999999999999999999"):
        config = volley.write(directory, "config.yaml", CONFIG % 30.0)
        done = volley.start(["run", config, "-o", os.path.join(directory, "out")],
                            environment={"VOLLEY_RECORD_BUFFER": text})
        check(done, 2, "VOLLEY_RECORD_BUFFER=" + text)


def never(directory):
    """Faults whose step does not come: what a whole run takes."""
    for ranks in (1, 3):
        strike(directory, "exchange:0:100000", ranks)


def print_seen():
    for test in (never, test_places, test_interval, test_alone):
        with tempfile.TemporaryDirectory() as directory:
            test(directory)
    volley.print_table(("fault", "ranks", "exchange", "exit code", "seconds until all ranks ended", "message"), SEEN)


if __name__ == "__main__":
    if volley.TABLE:
        print_seen()
    else:
        volley.main([test_places, test_interval, test_alone, test_stop, test_malformed])
