"""Result directories that vanish, cannot be written to, are no directories, or are full."""
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
    command = [volley.MPIRUN, "--oversubscribe", "--bind-to", "none", "-n", str(ranks)] if ranks else []
    command += [volley.PROGRAM, "run", config, "-o", out, "-q", "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **SMALL_BUFFER})
    limit = time.monotonic() + 20.0
    while not segments(out):
        assert time.monotonic() < limit and process.poll() is None, "no segment in 20 s"
        time.sleep(0.01)
    return process


def end(process):
    """What a run under way leaves when it ends by itself."""
    try:
        stdout, stderr = process.communicate(timeout=20)
    finally:
        process.kill()
    return subprocess.CompletedProcess([], process.returncode, stdout, stderr)


def test_vanishes(directory):
    """Also between the ranks' parts of one collective open, which a few tries will meet."""
    for number, ranks in enumerate((None, 2, 2, 2, 3, 3, 3)):
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
                              capture_output=True, text=True, timeout=20, cwd="/", check=False, **user)
        check(done, 2, place, word, "Permission denied")
    os.chmod(out, 0o755)


def test_no_directory(directory):
    config = volley.write(directory, "config.yaml", CONFIG % 30.0)
    for ranks in (None, 3):
        check(volley.start(["run", config, "-o", config], ranks, timeout=20), 2, config, "not a directory")
        below = os.path.join(config, "below")
        check(volley.start(["run", config, "-o", below], ranks, timeout=20), 2, below, "Not a directory")


def test_full(directory):
    disk = os.path.join(directory, "disk")
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "volley-test", disk], capture_output=True,
                             text=True, check=False)
    if mounted.returncode != 0:
        print("skipped test_full: no small disk can be mounted:", mounted.stderr.strip())
        return
    try:
        config = volley.write(directory, "config.yaml", CONFIG % LONG)
        for ranks in (None, 3):
            out = os.path.join(disk, f"out{ranks}")
            done = volley.start(["run", config, "-o", out, "-q", "--threads", 1], ranks, SMALL_BUFFER, timeout=60)
            check(done, 3, out)
            check_segments(out)
            shutil.rmtree(out)
    finally:
        subprocess.run(["umount", disk], check=True)


if __name__ == "__main__":
    volley.main([test_vanishes, test_removed, test_not_writable, test_no_directory, test_full])
