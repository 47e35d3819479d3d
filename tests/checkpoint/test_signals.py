"""SIGUSR1 takes a checkpoint and goes on; SIGUSR2 and SIGTERM stop with exit code 75; the run goes on from there."""
import errno
import os
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
    check(directory, None, signal.SIGTERM, (2, 1, ["partition.method=round_robin"]))


def test_through_mpirun(directory):
    check(directory, 2, signal.SIGUSR2, (1, 2, ["exchange.interval=2"]))


def open_pipe(path):
    """The pipe for writing, once somebody reads it; else None."""
    try:
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError as error:
        assert error.errno == errno.ENXIO, error
        return None


def test_before_the_config(directory):
    """A signal that comes while the config is read is kept: the run stops in its first interval."""
    out, pipe = os.path.join(directory, "stopped"), os.path.join(directory, "network.yaml")
    for stop in (signal.SIGUSR2, signal.SIGTERM):
        os.mkfifo(pipe)
        command = [volley.PROGRAM, "run", pipe, "-o", out, "--overwrite", "-q", "--threads", "1"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process, \
                open(NETWORK, encoding="utf-8") as network:
            ends = []
            wait_for(lambda ends=ends: ends.append(open_pipe(pipe)) or ends[-1] is not None, process, "reader")
            process.send_signal(stop)
            os.set_blocking(ends[-1], True)
            with os.fdopen(ends[-1], "w", encoding="utf-8") as end:
                end.write(network.read())
            _, text = process.communicate(timeout=60 * volley.PATIENCE)
        assert process.returncode == 75, f"{process.returncode}:\n{text}"
        steps = checkpoints(out)
        assert len(steps) == 1 and 0 < steps[0] < 100, steps
        os.remove(pipe)


if __name__ == "__main__":
    volley.main([test_before_the_config, test_directly, test_through_mpirun])
