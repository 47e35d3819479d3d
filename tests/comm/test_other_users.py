# SPDX-License-Identifier: BSD-3-Clause
"""Runs of two users on one machine do not meet: Open MPI names semaphores of the whole machine after parts of paths."""
import os
import shutil
import subprocess
import sys

from support import volley

CONFIG = "simulation: {dt: 0.1, duration: 50.0}\npopulations: {E: {model: iaf_psc_exp, size: 10, params: {I_e: 500.0}}}\n"
OTHERS = [f"/dev/shm/sem.OMPIO_{number}" for number in range(3, 200)]


def test_semaphores(directory):
    """Those of another user are there under every name; root may open them all, so the run is another user's."""
    user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    os.chmod(directory, 0o777)
    config = volley.write(directory, "a.yaml", CONFIG)
    program = shutil.copy(volley.PROGRAM, os.path.join(directory, "volley"))  # the build may lie where only root reads
    made = []
    try:
        for path in OTHERS:
            if not os.path.exists(path):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o000))
                made.append(path)
        for ranks in (None, 3):
            command = [*volley.LAUNCHER, "-n", str(ranks)] if ranks else []
            command += [program, "run", config, "-q", "-o", os.path.join(directory, f"out{ranks}"), "--threads", "1"]
            done = subprocess.run(command, capture_output=True, text=True, timeout=60 * volley.PATIENCE, cwd="/", check=False,
                                  env={**os.environ, "HOME": directory, "TMPDIR": directory}, **user)
            assert done.returncode == 0, (ranks, done.stderr)
    finally:
        for path in made:
            os.unlink(path)


if __name__ == "__main__":
    sys.exit(volley.main([test_semaphores]))
