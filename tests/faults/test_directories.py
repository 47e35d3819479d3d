# SPDX-License-Identifier: BSD-3-Clause
"""Result directories that vanish, cannot be written to, are not directories, or are full."""
import contextlib
import os
import shutil
import subprocess
import time
from failing import CONFIG, SMALL_BUFFER, check, check_segments, segments
from support import volley

LONG = 100000.0  # ms; minutes of run, which the fault ends


def launch(directory, out, ranks):
    """A run under way that has closed its first segment, as (process, start)."""
    config = volley.write(directory, "config.yaml", CONFIG % LONG)
    command = [*volley.LAUNCHER, "-n", str(ranks)] if ranks else []
    command += [volley.PROGRAM, "run", config, "-o", out, "-q", "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **SMALL_BUFFER})
    limit = time.monotonic() + 60.0
    while not segments(out):
        assert time.monotonic() < limit and process.poll() is None, "no segment in 60 s"
        time.sleep(0.01)
    return process


def end(process):
    """What a run under way leaves when it ends by itself."""
    try:
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    return subprocess.CompletedProcess([], process.returncode, stdout, stderr)


def test_vanishes(directory):
    """Also between the ranks' parts of one collective open, which a few tries will meet."""
    for number, ranks in enumerate((None, 2, 2, 3, 3)):
        base = os.path.join(directory, str(number))
        os.mkdir(base)
        out, moved = os.path.join(base, "out"), os.path.join(base, "moved")
        process = launch(base, out, ranks)
        os.rename(out, moved)
        check(end(process), 1, out)
        check_segments(moved)
        assert not os.path.exists(out)


def test_removed(directory):
    for ranks in (None, 3):
        out = os.path.join(directory, f"out{ranks}")
        process = launch(directory, out, ranks)
        while os.path.exists(out):  # the run may add a file before its directory goes
            shutil.rmtree(out, ignore_errors=True)
        check(end(process), 1, out)
        assert not os.path.exists(out)


def test_not_writable(directory):
    """Root may write everywhere, so the run is another user's."""
    if os.geteuid() == 0:
        config, program, user = "config.yaml", "volley", {"user": 65534, "group": 65534, "extra_groups": []}
        shutil.copy(volley.PROGRAM, os.path.join(directory, program))  # the build may lie where only root reads
        os.chmod(directory, 0o755)
    else:
        config, program, user = "config.yaml", volley.PROGRAM, {}
    volley.write(directory, config, CONFIG % 30.0)
    out = os.path.join(directory, "out")
    os.mkdir(out, 0o555)
    for place, word in ((out, "cannot be written to"), (os.path.join(out, "below"), "cannot create")):
        done = subprocess.run([os.path.join(directory, program), "run", os.path.join(directory, config), "-o", place],
                              capture_output=True, text=True, timeout=60, cwd="/", check=False, **user)
        check(done, 2, place, word, "Permission denied")
    os.chmod(out, 0o755)


def test_no_directory(directory):
    config = volley.write(directory, "config.yaml", CONFIG % 30.0)
    for ranks in (None, 3):
        check(volley.start(["run", config, "-o", config], ranks, timeout=60), 2, config, "not a directory")
        below = os.path.join(config, "below")
        check(volley.start(["run", config, "-o", below], ranks, timeout=60), 2, below, "Not a directory")


@contextlib.contextmanager
def small_disk(directory):
    """A disk of 2 MB, or None where none can be mounted."""
    disk = os.path.join(directory, "disk")
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "volley-test", disk], capture_output=True,
                             text=True, check=False)
    if mounted.returncode != 0:
        print("skipped: no small disk can be mounted:", mounted.stderr.strip())
        yield None
        return
    try:
        yield disk
    finally:
        subprocess.run(["umount", disk], check=True)


def start(directory, out, ranks, record, duration=LONG, environment=None):
    config = volley.write(directory, "config.yaml", CONFIG % duration + record)
    return volley.start(["run", config, "-o", out, "-q", "--threads", 1], ranks, environment, timeout=180)


def test_full(directory):
    with small_disk(directory) as disk:
        for ranks in (None, 3) if disk else ():
            out = os.path.join(disk, f"out{ranks}")
            check(start(directory, out, ranks, "", environment=SMALL_BUFFER), 3, out)
            check_segments(out)
            shutil.rmtree(out)


def left(out):
    return sorted(name for name in os.listdir(out) if not name.startswith("spikes-") and name != "manifest.json")


def test_full_of_states(directory):
    """States get their place on the disk before the first step; what is left is for spikes."""
    state = "record: {state: [{population: cells, variables: [V_m, I_syn_ex], interval: %s, neurons: {first: 10}}]}\n"
    with small_disk(directory) as disk:
        for ranks in (None, 3) if disk else ():
            out = os.path.join(disk, f"out{ranks}")
            # two files of 4 x 10 x 10001 bytes fit, one of ten times that does not, nor a second one of 1.6 MB
            check(start(directory, out, ranks, state % 10.0, environment=SMALL_BUFFER), 3, out, "spikes-", "No space left")
            check_segments(out)
            assert left(out) == [], left(out)
            shutil.rmtree(out)
            for interval, name in ((1.0, "state_cells_V_m.h5"), (2.5, "state_cells_I_syn_ex.h5")):
                check(start(directory, out, ranks, state % interval), 3, name, "No space left")
                assert os.listdir(out) == [], os.listdir(out)


def test_full_of_rates(directory):
    """Rates are written at the end, in one piece: everything else is there."""
    with small_disk(directory) as disk:
        for ranks in (None, 3) if disk else ():
            out = os.path.join(disk, f"out{ranks}")
            # 16 x 130000 bytes of rates, 16 x 6500 of spikes
            done = start(directory, out, ranks, "record: {spikes: [{population: cells, neurons: {first: 1}}], "
                         "rates: {interval: 0.1}}\n", 13000.0)
            check(done, 3, "rates.h5", "No space left")
            assert left(out) == ["spikes.h5"], left(out)
            info = volley.start(["info", out])
            assert info.returncode == 0 and "cells" in info.stdout, info.stdout + info.stderr
            shutil.rmtree(out)


if __name__ == "__main__":
    volley.main([test_vanishes, test_removed, test_not_writable, test_no_directory, test_full, test_full_of_states,
                 test_full_of_rates])
