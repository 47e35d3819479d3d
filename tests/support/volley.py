# SPDX-License-Identifier: BSD-3-Clause
"""Starting the program and reading what it writes, for the tests in Python."""
import json
import os
import subprocess
import sys
import tempfile

# `test_x.py --table VOLLEY` prints what the test has seen of that program; else ctest names the program.
TABLE = len(sys.argv) == 3 and sys.argv[1] == "--table"
PROGRAM = os.path.abspath(sys.argv[2]) if TABLE else os.environ["VOLLEY"]
SOURCE = os.environ.get("VOLLEY_SOURCE", os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
HASHES = ("spike_hash", "weight_hash", "connection_hash")
MPIRUN = os.environ.get("VOLLEY_MPIRUN", "mpirun")
# What starts more ranks than cores, bound to none, to which "-n RANKS PROGRAM" is added; the options depend on the MPI.
LAUNCHER = [MPIRUN, *os.environ.get("VOLLEY_MPIRUN_OPTIONS", "--oversubscribe --bind-to none").split()]

# Factor on limits of time: builds with sanitizers are slow.
PATIENCE = int(os.environ.get("VOLLEY_PATIENCE", 1))


def start(arguments, ranks=None, environment=None, timeout=120):
    """Runs `volley ARGUMENTS`, under mpirun when ranks is given; returns the completed process."""
    command = [PROGRAM, *[str(a) for a in arguments]]
    if ranks is not None:
        command = [*LAUNCHER, "-n", str(ranks), *command]
    variables = {name: value for name, value in os.environ.items() if name not in ("OMP_NUM_THREADS", "VOLLEY_SIMD")}
    variables.update(environment or {})
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout * PATIENCE, env=variables)


def run(config, directory, ranks=None, threads=1, sets=(), environment=None):
    """A run that has to succeed; returns run.json."""
    arguments = ["run", config, "-o", directory, "--overwrite", "-q", "--threads", threads]
    for text in sets:
        arguments += ["--set", text]
    done = start(arguments, ranks, environment)
    assert done.returncode == 0, f"{arguments} on {ranks} ranks gave {done.returncode}:\n{done.stderr}"
    return read_run(directory)


def read_run(directory):
    """run.json of a result directory."""
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        return json.load(file)


def run_layouts(config, directory, layouts):
    """Runs a config on 1 x 1 and on each (ranks, threads, sets) of layouts, the first of them without a vector unit;
    all of them must agree. Returns run.json of the run on 1 x 1."""
    reference = run(config, os.path.join(directory, "reference"))
    for number, (ranks, threads, sets) in enumerate(layouts):
        found = run(config, os.path.join(directory, str(number)), ranks=ranks, threads=threads, sets=sets,
                    environment={"VOLLEY_SIMD": "plain"} if number == 0 else None)
        for key in HASHES:
            assert found[key] == reference[key], (ranks, threads, sets, key)
    return reference


def write(directory, name, text):
    """A config file with this text; returns its path."""
    path = os.path.join(directory, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def spikes(directory, population, dt=0.1):
    """Spikes of a population as a list of (step, id), in file order."""
    import h5py

    with h5py.File(os.path.join(directory, "spikes.h5"), "r") as file:
        group = file[f"spikes/{population}"]
        times, ids = group["timestamps"][:], group["node_ids"][:]
    return [(round(t / dt), int(i)) for t, i in zip(times, ids)]


def print_table(head, rows):
    """A table in markdown; the texts of a cell's list stand below each other."""
    def cell(item):
        lines = item if isinstance(item, list) else [item]
        return "<br>".join(str(line).replace("|", "\\|").replace("<", "&lt;") for line in lines)

    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(cell(item) for item in row)} |")


def main(tests):
    """Calls every test with an empty directory of its own."""
    for test in tests:
        with tempfile.TemporaryDirectory(prefix="volley-test-") as directory:
            test(directory)
        print("passed", test.__name__, flush=True)
