# SPDX-License-Identifier: BSD-3-Clause
"""One run at a time writes to a directory: a second one is refused, whatever it is asked to do there, and leaves every
byte alone; what crashed runs leave behind is not an obstacle."""
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 200.0, seed: 5}
populations:
  A: {model: iaf_psc_exp, size: 30, params: {I_e: 500.0}, init: {V_m: {uniform: {low: -70, high: -55}}}}
record: {state: [{population: A, variables: [V_m], interval: 1.0}]}
checkpoint: {interval: 50.0, keep: 2}
"""
NO_LOCKS = os.environ.get("VOLLEY_NO_LOCKS_LIBRARY")
RANKS_BYTE = (1 << 20) + 1  # of io/report/claim.c


def boot():
    with open("/proc/sys/kernel/random/boot_id", encoding="utf-8") as file:
        return file.read().strip()


def start_of(process):
    with open(f"/proc/{process}/stat", encoding="utf-8") as file:
        return file.read().rsplit(")", 1)[1].split()[19]


def owner(**other):
    """What this process would write as the owner of a claim."""
    return json.dumps({"process": os.getpid(), "host": socket.gethostname(), "start": start_of(os.getpid()), "boot": boot(),
                       "space": os.readlink("/proc/self/ns/pid"), "job": "", "since": "2026-01-01T00:00:00Z", **other}) + "\n"


def files(directory):
    found = {}
    for name in sorted(os.listdir(directory)):
        path = os.path.join(directory, name)
        if os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as file:
                found[name] = file.read()
    return found


def stopped_run(config, out, ranks):
    """A run that SIGSTOP has caught in its loop after its first checkpoint. Returns the launcher and the pid of rank 0."""
    command = [volley.PROGRAM, "run", config, "-o", out, "-q", "--threads", "1"]
    variables = {**os.environ, "VOLLEY_FAULT": "step:0:700:stop", "VOLLEY_RECORD_BUFFER": "100"}
    process = subprocess.Popen([*volley.LAUNCHER, "-n", str(ranks), *command] if ranks else command,
                               env=variables, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60 * volley.PATIENCE
    while time.monotonic() < until:
        try:
            with open(os.path.join(out, "run.lock"), encoding="utf-8") as file:
                rank_0 = json.load(file)["process"]
            with open(f"/proc/{rank_0}/stat", encoding="utf-8") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "T":
                    return process, rank_0
        except (OSError, ValueError):
            pass
        time.sleep(0.02)
    raise AssertionError("the run did not come to its stop")


def refused(done, *words):
    assert done.returncode == 2, f"{done.args} gave {done.returncode}: {done.stderr}"
    lines = [line for line in done.stderr.splitlines() if line.startswith("volley: ") and " note: " not in line]
    assert len(lines) == 1, done.stderr
    for word in words:
        assert re.search(word, lines[0]), (word, lines[0])


def test_two_runs(directory):
    config = volley.write(directory, "a.yaml", CONFIG)
    whole = os.path.join(directory, "whole")
    volley.run(config, whole)
    for ranks in (None, 2):
        out = os.path.join(directory, f"out{ranks}")
        process, rank_0 = stopped_run(config, out, ranks)
        before = files(out)
        words = (f"is in use by process {rank_0} on host {socket.gethostname()} since 20..-..-..T..:..:..Z",)
        commands = [["run", config, "-o", out, "-q", *more] for more in
                    ([], ["--overwrite"], ["--resume"], ["--resume", out], ["--set", "results.overwrite=true"],
                     ["--virtual-rank", "0/4", "--overwrite"], ["--resume", whole, "--overwrite"])]
        commands.append(["export", config, "-o", out])
        for number, command in enumerate(commands):
            refused(volley.start(command, 2 if number == 1 else None), *words)
        for command in (["info", out], ["diff", out, whole], ["export", out, "-o", os.path.join(directory, "x.csv")]):
            done = volley.start(command)
            assert f"a run is under way in {out}: process {rank_0} on host" in done.stderr, (command, done.stderr)
        assert files(out) == before, "a refused run has changed something"
        # Going on from its checkpoint in a directory of its own is possible all the while.
        branch = os.path.join(directory, f"branch{ranks}")
        done = volley.start(["run", config, "--resume", out, "-o", branch, "-q", "--threads", 1])
        assert done.returncode == 0 and "note: a run is under way" in done.stderr, done.stderr
        os.kill(rank_0, signal.SIGCONT)
        _, stderr = process.communicate(timeout=60 * volley.PATIENCE)
        assert process.returncode == 0, stderr
        assert volley.start(["diff", whole, out]).returncode == 0
        assert "run.lock" not in os.listdir(out)


def test_killed(directory):
    """The claim of a run that was killed is void at once; what it recorded goes on."""
    config = volley.write(directory, "a.yaml", CONFIG)
    whole, out = os.path.join(directory, "whole"), os.path.join(directory, "out")
    volley.run(config, whole)
    process, rank_0 = stopped_run(config, out, None)
    os.kill(rank_0, signal.SIGKILL)
    process.communicate()
    assert "run.lock" in os.listdir(out)
    assert "under way" not in volley.start(["info", out]).stderr
    done = volley.start(["run", config, "-o", out, "-q", "--resume"])
    assert done.returncode == 0, done.stderr
    assert volley.start(["diff", whole, out]).returncode == 0


def test_other_ranks(directory):
    """A run waits for ranks of an earlier one that are about to end."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    os.mkdir(out)
    path = volley.write(out, "run.lock", owner())
    with open(path, "r+b") as file:
        fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, RANKS_BYTE, 1, 0))  # F_OFD_SETLK
        seen = []
        thread = threading.Timer(1.5, lambda: (seen.extend(os.listdir(out)), file.close()))
        thread.start()
        done = volley.start(["run", config, "-o", out, "-q"])
        thread.join()
    assert done.returncode == 0, done.stderr
    assert seen == ["run.lock"], seen


def test_left_behind(directory):
    """Claims of what is no more; on a file system of this host the lock is the truth."""
    config = volley.write(directory, "a.yaml", CONFIG)
    texts = {"empty": b"", "cut": owner()[:40].encode(), "not text": bytes(range(256)) * 100,
             "a living process without a lock": owner().encode(), "another boot": owner(boot="x").encode(),
             "another host": owner(host="elsewhere").encode(), "a new process": owner(start="1").encode(),
             "numbers": b'{"process": 99999999999999999999, "host": 3}', "deep": b"[" * 4000}
    for number, (name, text) in enumerate(texts.items()):
        out = os.path.join(directory, str(number))
        os.mkdir(out)
        with open(os.path.join(out, "run.lock"), "wb") as file:
            file.write(text)
        done = volley.start(["run", config, "-o", out, "-q"])
        assert done.returncode == 0, (name, done.stderr)
        assert "run.lock" not in os.listdir(out), name


def test_not_a_file(directory):
    """Nothing that stands behind the name is opened, written or removed."""
    config, out = volley.write(directory, "a.yaml", CONFIG), os.path.join(directory, "out")
    victim, lock = volley.write(directory, "victim", "precious"), os.path.join(out, "run.lock")
    os.mkdir(out)
    for name, make in (("link", lambda: os.symlink(victim, lock)), ("second name", lambda: os.link(victim, lock)),
                       ("link to nothing", lambda: os.symlink(os.path.join(directory, "made"), lock)),
                       ("pipe", lambda: os.mkfifo(lock)), ("folder", lambda: os.mkdir(lock))):
        make()
        for command in (["run", config, "-o", out, "-q", "--overwrite"], ["export", config, "-o", out]):
            refused(volley.start(command, timeout=30), "run.lock: ")
        volley.start(["info", out], timeout=30)
        with open(victim, encoding="utf-8") as file:
            assert file.read() == "precious", name
        assert os.path.lexists(lock) and not os.path.exists(os.path.join(directory, "made")), name
        (os.rmdir if name == "folder" else os.unlink)(lock)


def test_without_locks(directory):
    """Where a file system has no locks, the text of the claim is believed."""
    if not NO_LOCKS:
        print("skipped: the library that takes locks away is not there")
        return
    config = volley.write(directory, "a.yaml", CONFIG)
    cases = (("alive", {}, 2, "is in use by process"), ("gone", {"process": 4194303}, 0, ""),
             ("a new process", {"start": "1"}, 0, ""), ("another boot", {"boot": "x"}, 0, ""),
             ("another host", {"host": "elsewhere"}, 2, "nothing here tells .* remove .*run.lock"),
             ("another container", {"space": "pid:[1]"}, 2, "nothing here tells"),
             ("another job", {"host": "elsewhere", "job": "8"}, 2, "nothing here tells"),
             ("this job, started again", {"host": "elsewhere", "job": "7"}, 0, ""))
    for number, (name, other, code, words) in enumerate(cases):
        out = os.path.join(directory, str(number))
        os.mkdir(out)
        volley.write(out, "run.lock", owner(**other))
        done = volley.start(["run", config, "-o", out, "-q"], environment={
            "LD_PRELOAD": NO_LOCKS, "SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "1"})
        if code:
            refused(done, words)
        else:
            assert done.returncode == 0, (name, done.stderr)


if __name__ == "__main__":
    sys.exit(volley.main([test_two_runs, test_killed, test_other_ranks, test_left_behind, test_not_a_file, test_without_locks]))
