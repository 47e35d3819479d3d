# SPDX-License-Identifier: BSD-3-Clause
"""What `volley run` says at the start of the cores of its ranks, and of layouts that leave cores idle."""
import os
import re
import subprocess
import sys
from support import volley

CONFIG = os.path.join(volley.SOURCE, "configs", "examples", "balanced.yaml")
SHORT = ["--set", "simulation.duration=110"]
# Starts a program on the one core that the first argument names.
ON_CORE = ["-c", "import os, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); os.execv(sys.argv[2], sys.argv[2:])"]
RANK = re.compile(r"^  rank (\d+) on (\S+): cores? ([\d,-]+) of (\d+), (\d+) threads?", re.MULTILINE)
CPUS = sorted(os.sched_getaffinity(0))


def launch(directory, launcher, threads, wrapper=(), **environment):
    """Starts a short run; returns what it says on stderr."""
    command = [*launcher, *wrapper, volley.PROGRAM, "run", CONFIG, *SHORT, "-o", os.path.join(directory, "out"),
               "--overwrite", "--progress", "off", "--threads", str(threads)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OMP_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120 * volley.PATIENCE, env={**clean, **environment})
    assert done.returncode == 0, done.stderr
    return done.stderr


def mpirun(ranks, *options):
    return [volley.MPIRUN, *options, "-n", str(ranks)]


def numbers(text):
    """The set that a text such as 0-2,5 stands for."""
    found = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


def test_one_rank(directory):
    for launcher in ([], mpirun(1)):
        text = launch(directory, launcher, len(CPUS))
        (rank, _, cores, of, threads), = RANK.findall(text)
        assert rank == "0" and int(threads) == len(CPUS), text
        assert len(numbers(cores)) <= int(of) and "are free" not in text, text


def test_two_ranks(directory):
    for options in ((), ("--bind-to", "none")):
        text = launch(directory, mpirun(2, "--oversubscribe", *options), 1)
        lines = RANK.findall(text)
        assert [line[0] for line in lines] == ["0", "1"], text
        show = [*mpirun(2, "--oversubscribe", *options), sys.executable, "-c",
                "import os; print(f'<{len(os.sched_getaffinity(0))}>')"]  # mpirun may put two numbers on one line
        shown = subprocess.run(show, capture_output=True, text=True, timeout=60 * volley.PATIENCE, check=True).stdout
        wanted = re.findall(r"<(\d+)>", shown)
        assert len(wanted) == 2, shown
        for line, cpus in zip(lines, wanted):
            # a core has one hardware thread or several
            assert 1 <= len(numbers(line[2])) <= int(cpus), text
            if int(line[3]) == os.cpu_count():
                assert len(numbers(line[2])) == int(cpus), text
        assert "are free" not in text, text


def test_shared_core(directory):
    if len(CPUS) < 2 or RANK.findall(launch(directory, [], 1))[0][3] == "1":
        print("one core: none can be free")
        return
    text = launch(directory, mpirun(2, "--bind-to", "none"), 1, [sys.executable, *ON_CORE, str(CPUS[-1])])
    assert re.search(r"warning: \S+: 2 ranks x 1 threads share core \d+ while \d+ of \d+ cores are free", text), text


def test_many_ranks(directory):
    """More than 8 ranks: one line a machine, and they are more than the cores of most test machines."""
    ranks = max(9, len(CPUS) + 1)
    if ranks > 32:
        print("too many cores for a test of more ranks than cores")
        return
    text = launch(directory, mpirun(ranks, "--oversubscribe", "--bind-to", "none"), 1)
    assert re.search(rf"^  \S+: {ranks} ranks x 1 threads on cores [\d,.-]+ of \d+", text, re.MULTILINE), text
    assert "  rank 0" not in text
    if ranks > os.cpu_count():
        assert re.search(rf"warning: {ranks} ranks x 1 threads share \d+ cores of this machine", text), text


def test_environment(directory):
    said = "warning: OMP_NUM_THREADS=3, but --threads gives 1 threads per rank"
    assert said in launch(directory, [], 1, OMP_NUM_THREADS="3")
    assert "OMP_NUM_THREADS" not in launch(directory, [], 1, OMP_NUM_THREADS="1")
    assert "OMP_NUM_THREADS" not in launch(directory, [], 1)
    done = volley.start(["run", CONFIG, *SHORT, "-o", os.path.join(directory, "quiet"), "-q"])
    assert done.returncode == 0 and done.stderr == "", done.stderr


if __name__ == "__main__":
    volley.main([test_one_rank, test_two_ranks, test_shared_core, test_many_ranks, test_environment])
