# SPDX-License-Identifier: BSD-3-Clause
"""Running the configs of configs/seeds."""
import os
from support import volley


def run(directory, name, sets=()):
    """Runs configs/seeds/NAME.yaml on 1 to 4 ranks, which must agree; returns the directory of the first run and its
    run.json."""
    config = os.path.join(volley.SOURCE, "configs", "seeds", name + ".yaml")
    one = os.path.join(directory, name + "-1")
    summary = volley.run(config, one, sets=sets)
    for ranks in (2, 3, 4):
        other = volley.run(config, os.path.join(directory, f"{name}-{ranks}"), ranks=ranks, sets=sets)
        for key in volley.HASHES:
            assert summary[key] == other[key], f"{name}: {key} is {summary[key]} on 1 rank, {other[key]} on {ranks}"
    return one, summary


def weights(directory, projection):
    """times [S] and weights [S, E] of a projection, as numpy arrays."""
    import h5py

    with h5py.File(os.path.join(directory, "weights.h5"), "r") as file:
        group = file[f"weights/{projection}"]
        return group["time"][:], group["weight"][:]


def state(directory, population, variable):
    """Frames [T, N] of a state."""
    import h5py

    with h5py.File(os.path.join(directory, f"state_{population}_{variable}.h5"), "r") as file:
        return file[f"report/{population}/data"][:]
