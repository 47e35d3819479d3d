# SPDX-License-Identifier: BSD-3-Clause
"""Processes that a launcher of another MPI has started do not run side by side, each as rank 0 of 1: the start ends with
one message that names the launcher and the MPI."""
import os
import shutil
import subprocess
import sys
import tempfile

from support import volley

CONFIG = "simulation: {dt: 0.1, duration: 2.0}\npopulations: {E: {model: iaf_psc_exp, size: 10}}\n"
OF_LAUNCHERS = ("OMPI_COMM_WORLD", "MV2_COMM_WORLD", "PMI", "SLURM_", "MPI_LOCAL")
OPEN_MPI = "Open MPI" in volley.start(["--version"]).stdout
# Variables; the exit code; words of what is said on stderr, or nothing.
SLURM_JOB = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}
CASES = (
    ({}, 0, ()),
    ({"PMI_SIZE": "3", "PMI_RANK": "0"}, 2, ("mpiexec of MPICH", "3 ranks", "PMI_SIZE")),
    ({"PMI_SIZE": "3", "PMI_RANK": "2"}, 2, ()),  # rank 0 speaks
    ({"PMI_SIZE": "1", "PMI_RANK": "0"}, 0, ()),
    ({"PMI_SIZE": "many"}, 0, ()),
    ({"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0"}, 2, ("mpirun of Open MPI", "2 ranks")),
    ({"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}, 2, ("srun of Slurm", "4 ranks", "--mpi=pmix")),
    ({"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "3"}, 2, ()),
    ({"SLURM_STEP_NUM_TASKS": "1", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}, 0, ()),
    ({"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}, 2, ("srun of Slurm", "4 ranks", "SLURM_NTASKS")),
    (SLURM_JOB, 0, ("warning", "4 tasks", "srun")),  # a batch script
    ({**SLURM_JOB, "OMPI_COMM_WORLD_SIZE": "1"}, 0, ()),  # mpirun -n 1 in a batch script
)


def check(done, code, words, case):
    assert done.returncode == code, f"{case} gave {done.returncode}:\n{done.stderr}"
    lines = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
    assert len(lines) == (1 if words else 0), f"{case}: {lines}"
    for word in words:
        assert word in lines[0], f"{case}: no {word} in {lines[0]}"


def main():
    for name in list(os.environ):
        if name.startswith(OF_LAUNCHERS):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as directory:
        config = volley.write(directory, "a.yaml", CONFIG)
        for number, (variables, code, words) in enumerate(CASES):
            out = os.path.join(directory, str(number))
            done = volley.start(["run", config, "-q", "-o", out, "--threads", 1], environment=variables)
            # An MPICH that PMI_SIZE tells of ranks looks for their launcher itself.
            if OPEN_MPI or not any(name.startswith("PMI") for name in variables):
                check(done, code, words, variables)
                assert os.path.exists(out) == (code == 0), f"{variables}: {out}"
        other = shutil.which("mpiexec.mpich" if OPEN_MPI else "mpirun.openmpi")
        for command, ranks in ((["run"], 3), (["export"], 2)) if other else ():
            out = os.path.join(directory, f"other_{command[0]}")
            more = [] if OPEN_MPI else ["--oversubscribe", "--allow-run-as-root"]
            # Rank 0 starts last: the launcher may not end it because another rank has failed.
            program = ["sh", "-c", 'test "${PMI_RANK-}${OMPI_COMM_WORLD_RANK-}" != 0 || sleep 1; exec "$@"', "sh",
                       volley.PROGRAM]
            done = subprocess.run([other, *more, "-n", str(ranks), *program, *command, config, "-o", out],
                                  capture_output=True, text=True, timeout=60 * volley.PATIENCE)
            check(done, 2, ("mpiexec of MPICH" if OPEN_MPI else "mpirun of Open MPI", f"{ranks} ranks"), command)
            assert not os.path.exists(out), f"{command}: {out}"
        if not other:
            print("skipped: the launcher of another MPI is not installed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
