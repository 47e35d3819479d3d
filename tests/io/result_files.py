# SPDX-License-Identifier: BSD-3-Clause
"""Starting the C programs of this folder, which write result files, and the rule their spikes follow
(spike_fixture.h)."""
import os
import subprocess
import numpy
from support.volley import LAUNCHER

TESTS = os.environ["VOLLEY_TESTS_DIR"]
SIZES = {"E": 300, "silent": 10, "I": 101, "hidden": 50}
STEPS = 1500


def start(program, directory, ranks, **environment):
    subprocess.run([*LAUNCHER, "-n", str(ranks), os.path.join(TESTS, program), directory], check=True,
                   env={**os.environ, **environment}, stdout=subprocess.DEVNULL)


def expected(population):
    """Steps and ids of a population's spikes, in file order."""
    names = list(SIZES)
    first = sum(SIZES[name] for name in names[:names.index(population)])
    gid = first + numpy.arange(SIZES[population])
    steps, ids = [], []
    for step in range(1, STEPS + 1):
        fires = (gid * 7919 + step * 104729 + (gid * step) % 31) % 97 == 0
        if step == 250:
            fires[:] = True
        if 1000 < step <= 1200 or population == "silent":
            fires[:] = False
        found = numpy.nonzero(fires)[0]
        steps.append(numpy.full(len(found), step))
        ids.append(found)
    return numpy.concatenate(steps), numpy.concatenate(ids)
