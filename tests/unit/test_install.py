# SPDX-License-Identifier: BSD-3-Clause
"""What `cmake --install` puts into a prefix, and that it works from there: the program, the configs, the jobs."""
import os
import subprocess
from support import volley

BUILD = os.environ["VOLLEY_BUILD"]
CMAKE = os.environ["VOLLEY_CMAKE"]


def installed(directory):
    return {os.path.relpath(os.path.join(folder, name), directory)
            for folder, _, names in os.walk(directory) for name in names}


def in_source(folder, *without):
    """Paths below a folder of the source tree, without what Python leaves there."""
    top = os.path.join(volley.SOURCE, folder)
    return {os.path.join(folder, path) for path in installed(top)
            if "__pycache__" not in path and os.path.basename(path) not in without}


def test_install(directory):
    prefix = os.path.join(directory, "prefix")
    subprocess.run([CMAKE, "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL, timeout=60 * volley.PATIENCE)
    wanted = {"bin/volley", "share/volley/volley_neo.py"}
    wanted |= {os.path.join("share/volley/plots", os.path.basename(path)) for path in in_source("io/plots")}
    # setup.sh, laptop.sh and deps.sh are for building, from the source tree, and the pages lead to places in it.
    wanted |= {os.path.join("share/volley", path)
               for path in in_source("configs", "README.md") |
               in_source("jobs", "README.md", "setup.sh", "laptop.sh", "deps.sh")}
    found = installed(prefix)
    assert found == wanted, (found - wanted, wanted - found)

    program, share = os.path.join(prefix, "bin/volley"), os.path.join(prefix, "share/volley")
    config = os.path.join(share, "configs/examples/balanced.yaml")
    results = [os.path.join(directory, name) for name in ("installed", "built")]
    for path, result in zip((program, volley.PROGRAM), results):
        subprocess.run([path, "run", config, "-q", "--threads", "1", "-o", result, "--set", "simulation.duration=150"],
                       check=True, timeout=60 * volley.PATIENCE)
    assert subprocess.run([program, "diff", *results], timeout=60 * volley.PATIENCE, stdout=subprocess.DEVNULL).returncode == 0
    clean = {name: value for name, value in os.environ.items() if name not in ("VOLLEY", "SLURM_JOB_ID")}
    done = subprocess.run([os.path.join(share, "jobs/scaling.sh"), config, "-r", "1", "--no-warm-up", "-o",
                           os.path.join(directory, "scaling"), "--set", "simulation.duration=150"], timeout=120 * volley.PATIENCE,
                          env={**clean, "LAYOUTS": "1x1 2x1", "MPIRUN": " ".join(volley.LAUNCHER)},
                          stdout=subprocess.PIPE, text=True)
    assert done.returncode == 0 and "2x1" in done.stdout, done.stdout
    for script in ("one_node", "several_nodes", "seeds", "requeue"):
        assert os.access(os.path.join(share, f"jobs/slurm/{script}.sh"), os.X_OK), script


if __name__ == "__main__":
    volley.main([test_install])
