# SPDX-License-Identifier: BSD-3-Clause
"""Runs with checkpoints of which one rank fails, stops or loses its directory: the job ends with one message, what has
been written is readable, and the run goes on, on another layout, to the files of an undisturbed one.

`test_resumed.py --table VOLLEY` tries every kind of failure at every place and prints what came of it."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from faults import kills  # noqa: E402
from faults.failing import check, state_of  # noqa: E402
from faults.kills import Whole, checkpoints, end, finish, launch, processes  # noqa: E402
from support import volley  # noqa: E402

SHORT = kills.CONFIG.replace("duration: 300.0", "duration: 50.0").replace("interval: 0.5, precision", "interval: 2.5, precision")
LONG = kills.CONFIG.replace("duration: 300.0", "duration: 100000.0")
PLACES = ("build", "step", "exchange", "record", "checkpoint", "checkpoint_data", "checkpoint_name")
CODES = {"error": 1, "nomem": 3, "exit": 1}
INTERVALS = ["--threads", "1", "--set", "checkpoint.interval=20"]
LAYOUTS = ((None, ["--threads", "2"]), (2, ["--threads", "1", "--set", "exchange.interval=min_delay"]),
           (4, ["--threads", "1", "--set", "partition.method=round_robin"]))
SEEN = []


def failed(run, seconds=120):
    """What a run that has ended leaves, and the seconds it took."""
    start = time.monotonic()
    code, stderr = end(run, seconds)
    return subprocess.CompletedProcess([], code, "", stderr), time.monotonic() - start


def fail_at(whole, directory, number, place, kind):
    """A failure on one of three ranks, after the first checkpoint; then the rest of the run."""
    rank, out = number % 3, os.path.join(directory, f"{place}_{kind}")
    if place == "build":  # of a run that goes on
        done, _ = failed(launch(whole.config, out, (3, INTERVALS), {"VOLLEY_FAULT": f"step:{rank}:300:error"}))
        check(done, 1, "VOLLEY_FAULT")
    fault = f"{place}:{rank}:{kind}" if place == "build" else f"{place}:{rank}:250:{kind}"
    done, seconds = failed(launch(whole.config, out, (3, INTERVALS), {"VOLLEY_FAULT": fault}))
    check(done, CODES[kind], "VOLLEY_FAULT", kind, place, f"(rank {rank})")
    whole.check_left(out)
    saved = checkpoints(out)
    assert saved == [200], saved
    layout = LAYOUTS[number % len(LAYOUTS)]
    finish(whole, out, layout)
    shutil.rmtree(out)
    SEEN.append((place, kind, rank, done.returncode, f"{seconds:.1f}", "same files on " + " ".join(map(str, (layout[0] or 1, *layout[1])))))


def test_failures(directory):
    whole = Whole(directory, SHORT)
    cases = [(place, kind) for place in PLACES for kind in CODES]
    for number, (place, kind) in enumerate(cases):
        if volley.TABLE or number % 3 == number // 3 % 3:  # each place once, each kind
            fail_at(whole, directory, number, place, kind)


def wait_for(what, condition, process):
    limit = time.monotonic() + 120.0
    while not condition():
        assert time.monotonic() < limit and process.poll() is None, what
        time.sleep(0.01)


def has_stopped(pid):
    return state_of(pid) == "T"


def test_stopped(directory):
    """A rank that no longer responds, or dies: the job waits for it, not longer than mpirun is told, and goes on later."""
    whole = Whole(directory, SHORT)
    for number, how in enumerate(("limit", "killed", "all killed", "max_wait")):
        if how == "limit" and not volley.TABLE:  # it takes that long
            continue
        out = os.path.join(directory, how)
        place = ("step", "exchange", "checkpoint_data", "step")[number]
        environment = {"VOLLEY_FAULT": f"{place}:{number % 3}:250:stop"}
        arguments = [*INTERVALS, "--set", "limits.max_wait=3"] if how == "max_wait" else INTERVALS
        if how == "limit":
            os.environ["MPIEXEC_TIMEOUT"] = "20"
        try:
            run = launch(whole.config, out, (3, arguments), environment)
        finally:
            os.environ.pop("MPIEXEC_TIMEOUT", None)
        wait_for("a stopped rank", lambda run=run: [p for p in processes(run) if has_stopped(p)], run.process)
        ranks = processes(run)
        stopped = [pid for pid in ranks if has_stopped(pid)]
        assert len(ranks) == 3 and len(stopped) == 1 and checkpoints(out)[0] == 200, (ranks, stopped, checkpoints(out))
        for pid in {"killed": stopped, "all killed": ranks}.get(how, []):
            os.kill(pid, signal.SIGKILL)
        done, seconds = failed(run, 60)
        assert done.returncode != 0, done.stderr
        limit = time.monotonic() + 30.0
        while not all(state_of(pid) in (None, "Z") for pid in ranks):
            assert time.monotonic() < limit, [(pid, state_of(pid)) for pid in ranks]
            time.sleep(0.05)
        whole.check_left(out)
        finish(whole, out, LAYOUTS[number % len(LAYOUTS)])
        SEEN.append((place, "stop, " + how, number, done.returncode, f"{seconds:.1f}", "same files"))


def endless(directory, out, ranks, user=None):
    """A run that has taken a checkpoint and would go on for minutes."""
    config = volley.write(directory, "long.yaml", LONG)
    command = [*volley.LAUNCHER, "-n", str(ranks)] if ranks else []
    program = volley.PROGRAM
    if user:  # the build may lie where only root reads
        program = shutil.copy(volley.PROGRAM, os.path.join(directory, "volley"))
    command += [program, "run", config, "-o", out, "-q", "--threads", "1", "--set", "checkpoint.interval=20", "--set", "record.state=[]",
                "--set", "record.weights=[]", "--set", "record.rates=null"]
    environment = {**os.environ, "VOLLEY_RECORD_BUFFER": "300", "HOME": directory, "TMPDIR": directory}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/", env=environment, **(user or {}))
    wait_for("a checkpoint", lambda: len(checkpoints(out)) > 1, process)
    return kills.Run(process, ranks, {})


def test_no_directory_any_more(directory):
    for ranks in (None, 3):
        out = os.path.join(directory, f"gone{ranks}")
        run = endless(directory, out, ranks)
        while os.path.exists(out):
            shutil.rmtree(out, ignore_errors=True)
        done, seconds = failed(run, 60)
        check(done, 1, out)
        SEEN.append(("directory removed", "", ranks or 1, done.returncode, f"{seconds:.1f}", "nothing left"))


def test_not_writable_any_more(directory):
    """Root may write everywhere, so the run is another user's."""
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else None
    os.chmod(directory, 0o777)
    for ranks in (None, 3):
        out = os.path.join(directory, f"locked{ranks}")
        run = endless(directory, out, ranks, user)
        os.chmod(out, 0o555)
        done, seconds = failed(run, 60)
        check(done, 1, out, "Permission denied")
        steps = checkpoints(out)
        os.chmod(out, 0o777)
        left = volley.start(["run", os.path.join(directory, "long.yaml"), "-o", out, "-q", "--resume", "--set", "record.state=[]", "--set",
                             "record.weights=[]", "--set", "record.rates=null", "--set", f"simulation.duration={steps[-1] / 10 + 5}"])
        assert left.returncode == 0, left.stderr
        SEEN.append(("directory read-only", "", ranks or 1, done.returncode, f"{seconds:.1f}", "goes on"))


TESTS = [test_failures, test_stopped, test_no_directory_any_more, test_not_writable_any_more]

if __name__ == "__main__":
    if volley.TABLE:
        for test in TESTS:
            with tempfile.TemporaryDirectory(prefix="volley-test-") as folder:
                test(folder)
        volley.print_table(("place", "kind", "rank", "exit code", "seconds until all ranks had ended", "then"), SEEN)
    else:
        volley.main(TESTS)
