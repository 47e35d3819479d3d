# SPDX-License-Identifier: BSD-3-Clause
"""SIGUSR1 takes a checkpoint and goes on; SIGUSR2, SIGTERM, SIGINT and SIGHUP stop with exit code 75; the run goes on
from there."""
import os
import shutil
import signal
import subprocess
import time
from checkpoint.pieces import check_equal, piece
from support import volley

NETWORK = os.path.join(volley.SOURCE, "tests", "invariance", "network.yaml")
RECORD = ["record.state=[{population: A, variables: [V_m], interval: 0.5}]", "record.rates={interval: 2.0}",
          "record.weights=[{projection: A_to_A_stdp, interval: 3.0}]"]


def wait_for(found, process, what):
    end = time.monotonic() + 60.0
    while not found():
        assert process.poll() is None and time.monotonic() < end, f"no {what}: {process.poll()}"
        time.sleep(0.02)


def checkpoints(directory):
    if not os.path.isdir(directory):
        return []
    return sorted(int(name[11:-3]) for name in os.listdir(directory)
                  if name.startswith("checkpoint-") and name.endswith(".h5"))


def interrupt(directory, ranks, stop):
    """Starts a long run, asks for a checkpoint, waits for it, and stops the run; returns the last step saved."""
    out = os.path.join(directory, "stopped")
    command = [volley.PROGRAM, "run", NETWORK, "-o", out, "--progress", "off", "--threads", "1",
               "--set", "simulation.duration=60000"]
    for text in RECORD:
        command += ["--set", text]
    if ranks is not None:
        command = [*volley.LAUNCHER, "-n", str(ranks), *command]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        # The directory appears when signals are handled already; those that come before the loop are kept for it.
        wait_for(lambda: os.path.isdir(out), process, "directory")
        process.send_signal(signal.SIGUSR1)
        wait_for(lambda: checkpoints(out), process, "checkpoint")
        assert process.poll() is None, "SIGUSR1 has ended the run"
        process.send_signal(stop)
        _, text = process.communicate(timeout=60 * volley.PATIENCE)
        assert process.returncode == 75, f"{process.returncode}:\n{text}"
    assert text.count("stopped by a signal") == 1, text
    steps = checkpoints(out)
    assert len(steps) == 2, steps
    names = os.listdir(out)
    assert "state_A_V_m.h5" in names and not [name for name in names if ".tmp" in name], names
    return out, steps[-1]


def check(directory, ranks, stop, layout):
    out, step = interrupt(directory, ranks, stop)
    sets = [*RECORD, f"simulation.duration={(step + 40) / 10}"]
    whole = os.path.join(directory, "whole")
    volley.run(NETWORK, whole, sets=sets)
    piece(NETWORK, out, layout, sets)
    check_equal(whole, out, 1)


def test_directly(directory):
    check(directory, None, signal.SIGINT, (2, 1, ["partition.method=round_robin"]))


def test_through_mpirun(directory):
    check(directory, 2, signal.SIGUSR2, (1, 2, ["exchange.interval=2"]))


def start(arguments, **more):
    return subprocess.Popen([volley.PROGRAM, "run", *arguments, "-q", "--threads", "1"], stderr=subprocess.PIPE,
                            text=True, **more)


def proc(process, name, key):
    """A word of a file in /proc/PID, behind its key."""
    with open(f"/proc/{process.pid}/{name}", encoding="utf-8") as file:
        return next((line.split()[1] for line in file if line.startswith(key)), "")


def catches(process, stop):
    return int(proc(process, "status", "SigCgt:") or "0", 16) >> (stop - 1) & 1 == 1


def test_while_files_are_read(directory):
    """There is nothing to save: the process ends by the signal, with a message and without a directory."""
    out = os.path.join(directory, "stopped")
    for stop in (signal.SIGUSR2, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU):
        with start(["/dev/stdin", "-o", out], stdin=subprocess.PIPE) as process:
            wait_for(lambda process=process, stop=stop: catches(process, stop), process, "handler")
            process.send_signal(stop)
            assert process.wait(timeout=60 * volley.PATIENCE) == -stop, (stop, process.returncode)
            text = process.stderr.read()
        assert text == f"volley: stopped by {stop.name} before the simulation began; nothing was written\n", text
        assert not os.path.exists(out)


def held(directory, place, before=()):
    """A run that has stopped itself at a place of VOLLEY_FAULT; signals in `before` are sent once it is in its loop."""
    out = os.path.join(directory, "held")
    shutil.rmtree(out, ignore_errors=True)
    process = start([NETWORK, "-o", out, "--set", "simulation.duration=60000"],
                    env={**os.environ, "VOLLEY_FAULT": f"{place}:0:stop"})
    if before:
        wait_for(lambda: catches(process, signal.SIGINT) and os.path.isdir(out), process, "directory")
    for stop in before:
        process.send_signal(stop)
    wait_for(lambda: proc(process, "status", "State:") == "T", process, "stop")
    return out, process


def finish(process, stop, code):
    process.send_signal(stop)
    process.send_signal(signal.SIGCONT)
    with process:
        _, text = process.communicate(timeout=60 * volley.PATIENCE)
    assert process.returncode == code, f"{stop}: {process.returncode}, not {code}:\n{text}"
    return text


def test_while_the_network_is_built(directory):
    """The first signal is kept: the run stops in its first interval."""
    for stop in (signal.SIGUSR2, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGXCPU):
        out, process = held(directory, "build")
        text = finish(process, stop, 75)
        assert text.count(stop.name) == 1 and "when the network is built" in text, text
        steps = checkpoints(out)
        assert len(steps) == 1 and 0 < steps[0] < 100, steps


def test_a_second_one(directory):
    """A second Ctrl-C ends a run that writes a checkpoint; a second SIGTERM, or one sent twice, does not."""
    for first, again, code in ((signal.SIGINT, signal.SIGINT, -2), (signal.SIGUSR2, signal.SIGTERM, 75)):
        out, process = held(directory, "checkpoint", [first])
        time.sleep(0.4)  # signals that follow at once count as one
        text = finish(process, again, code)
        assert ("at once by a second signal" in text) == (code < 0), text
        assert (len(checkpoints(out)) == 1) == (code == 75), os.listdir(out)
    _, process = held(directory, "build")
    process.send_signal(signal.SIGTERM)
    finish(process, signal.SIGINT, 75)


def test_processor_time(directory):
    """The system sends SIGXCPU again each second, which is not a second wish."""
    out, process = held(directory, "build")
    process.send_signal(signal.SIGXCPU)
    time.sleep(0.4)
    finish(process, signal.SIGXCPU, 75)
    assert len(checkpoints(out)) == 1, os.listdir(out)


def test_ignored(directory):
    """What nohup has made ignored stays so."""
    out = os.path.join(directory, "nohup")
    command = ["sh", "-c", 'trap "" HUP INT; exec "$@"', "sh", volley.PROGRAM, "run", NETWORK, "-o", out, "-q",
               "--threads", "1", "--set", "simulation.duration=60000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: os.path.isdir(out), process, "directory")
        assert not catches(process, signal.SIGHUP) and not catches(process, signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, text = process.communicate(timeout=60 * volley.PATIENCE)
        assert process.returncode == 75, f"{process.returncode}:\n{text}"
    assert "SIGHUP" not in text and "SIGINT" not in text, text


if __name__ == "__main__":
    volley.main([test_while_files_are_read, test_while_the_network_is_built, test_a_second_one, test_processor_time, test_ignored,
                 test_directly, test_through_mpirun])
