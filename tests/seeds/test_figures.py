# SPDX-License-Identifier: BSD-3-Clause
"""volley plot draws for every published system the figure that its authors show, and window.png shows the numbers."""
import os
import sys
from support import volley

SEEDS = os.path.join(volley.SOURCE, "configs", "seeds")
FIGURES = {
    "annarchy_stdp1": {"window", "weights"},
    "correlated_sources": {"raster", "weights"},
    "neurons_spike_and_learn": {"raster", "states", "weights"},
    "neurons_srm": {"raster", "states"},
    "neurons_stdp": {"raster", "weights"},
    "neurons_stdp_exercise": {"raster", "weights"},
    "stdp_window": {"window", "weights"},
    "synapticflow_mstdp": {"weights"},
    "synapticflow_noop": {"weights"},
    "synapticflow_stdp": {"weights"},
}


def figures(directory):
    names = {name.removesuffix(".yaml") for name in os.listdir(SEEDS) if name.endswith(".yaml")}
    assert names == set(FIGURES), names ^ set(FIGURES)
    for name in sorted(names):
        result = os.path.join(directory, name)
        volley.run(os.path.join(SEEDS, name + ".yaml"), result)
        done = volley.start(["plot", result])
        assert done.returncode == 0 and done.stderr == "", (name, done.stderr)
        for figure in FIGURES[name]:
            path = os.path.join(result, figure + ".png")
            assert path in done.stdout.splitlines(), (name, figure, done.stdout)
            with open(path, "rb") as file:
                assert file.read(8) == b"\x89PNG\r\n\x1a\n"


def window(directory):
    """What is drawn is the closed form: of nearest pairs and, one step of transmission later, of traces."""
    import numpy

    sys.path.insert(0, os.path.join(volley.SOURCE, "io", "plots"))
    import results
    import window as drawn
    for name, tau, change, at in (("stdp_window", 10.0, 1.0, 0.0), ("annarchy_stdp1", 20.0, 0.02, 1.0)):
        result = os.path.join(directory, name)
        volley.run(os.path.join(SEEDS, name + ".yaml"), result)
        data = results.Results(result)
        distance, found, unit = drawn.read(data, data.open("weights.h5")["weights/pairs"])
        late = distance - at
        expected = numpy.where(late >= 0, change * numpy.exp(-late / tau), -change * numpy.exp(late / tau))
        assert len(distance) == 101 and set(distance) == set(range(-50, 51)) and unit == "", (name, distance)
        numpy.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


try:
    import matplotlib  # noqa: F401
except ImportError:
    print("skipped: pictures need matplotlib (Debian: python3-matplotlib; jobs/setup.sh --tests)")
else:
    volley.main([figures, window])
