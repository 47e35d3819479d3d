# SPDX-License-Identifier: BSD-3-Clause
"""What `cmake --install` puts into a prefix, and that it works from there: the program, the configs, the jobs, and what
models in shared libraries are compiled against."""
import os
import shutil
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


def install(directory):
    """The prefix of an installation."""
    prefix = os.path.join(directory, "prefix")
    subprocess.run([CMAKE, "--install", BUILD, "--prefix", prefix], check=True, stdout=subprocess.DEVNULL, timeout=60 * volley.PATIENCE)
    return prefix


def test_install(directory):
    prefix = install(directory)
    wanted = {"bin/volley", "share/volley/volley_neo.py", "share/pkgconfig/volley.pc"}
    wanted |= {os.path.join("share/volley/plots", os.path.basename(path)) for path in in_source("io/plots")}
    # setup.sh, laptop.sh and deps.sh are for building, from the source tree, and the pages lead to places in it.
    wanted |= {os.path.join("share/volley", path)
               for path in in_source("configs", "README.md") |
               in_source("jobs", "README.md", "setup.sh", "laptop.sh", "deps.sh")}
    found = {path for path in installed(prefix) if not path.startswith("include/volley/")}
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


def includes(prefix, source, own):
    """The headers that a file is compiled with, when the prefix is all that the compiler is told."""
    done = subprocess.run(["cc", "-M", "-I", os.path.join(prefix, "include"), "-I", own, source], check=True, stdout=subprocess.PIPE,
                          text=True, timeout=60 * volley.PATIENCE)
    return [os.path.realpath(name) for name in done.stdout.replace("\\\n", " ").split() if name.endswith(".h")]


def test_own_models(directory):
    """The example of models in shared libraries, copied elsewhere, is built with what is installed and nothing else, and
    runs. Every header stands by itself, and leads neither to the source tree nor to MPI or HDF5."""
    prefix, own = install(directory), os.path.join(directory, "own")
    headers = os.path.join(prefix, "include")
    assert len(installed(headers)) > 8, installed(headers)
    for header in installed(headers) - {"volley/models/plasticity/scalar.h"}:  # a template: it includes the rule's file
        subprocess.run(["cc", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", "-I", headers, "-xc", os.path.join(headers, header)],
                       check=True, timeout=60 * volley.PATIENCE)
    shutil.copytree(os.path.join(prefix, "share/volley/configs/examples/own_models"), own)
    ours = os.path.realpath(prefix) + os.sep
    libraries = []
    for name in ("outside_lif", "outside_stimuli", "outside_rules"):
        source, library = os.path.join(own, f"{name}.c"), os.path.join(own, f"{name}.so")
        libraries.append(library)
        used = includes(prefix, source, own)
        assert any(path.startswith(ours) for path in used), used
        assert all(path.startswith((ours, os.path.realpath(own), "/usr/include/", "/usr/lib/gcc")) for path in used), used
        assert not [path for path in used if os.path.basename(path) in ("mpi.h", "hdf5.h")], used
    clean = {name: value for name, value in os.environ.items() if name not in ("CFLAGS", "MAKEFLAGS", "CPATH", "PKG_CONFIG_PATH")}
    done = subprocess.run(["make", "CFLAGS=-O3 -Wall -Wextra -Werror", f"PKG_CONFIG_PATH={prefix}/share/pkgconfig"], cwd=own,
                          env=clean, capture_output=True, text=True, timeout=60 * volley.PATIENCE)
    assert done.returncode == 0 and all(map(os.path.exists, libraries)), done.stdout + done.stderr
    out = os.path.join(directory, "results")
    subprocess.run([os.path.join(prefix, "bin/volley"), "run", "network.yaml", "-q", "--threads", "1", "-o", out], cwd=own,
                   check=True, env={**os.environ, "VOLLEY_MODELS": "./outside_lif.so:./outside_stimuli.so:./outside_rules.so"},
                   timeout=60 * volley.PATIENCE)
    found = volley.read_run(out)
    names = {name for entry in found["models"] for name in entry["names"]}
    assert {"outside_lif", "outside_ou", "outside_gamma", "outside_triplet"} <= names, found["models"]
    assert found["populations"]["A"]["spikes"] > 100, found["populations"]


if __name__ == "__main__":
    volley.main([test_install, test_own_models])
