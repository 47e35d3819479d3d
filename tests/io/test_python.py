# SPDX-License-Identifier: BSD-3-Clause
"""The walk from a config to a figure and the Python of io/README.md, as they stand there, and io/volley_neo.py."""
import importlib
import os
import re
import shlex
import subprocess
import sys
import tempfile
import h5py
import numpy
from support import volley

with open(os.path.join(volley.SOURCE, "io", "README.md"), encoding="utf-8") as readme:
    README = readme.read()


def section(title):
    return re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## )", README, re.MULTILINE | re.DOTALL)[1]


def walk(directory):
    """The commands of the walk, from the root of a source tree."""
    os.symlink(os.path.join(volley.SOURCE, "configs"), os.path.join(directory, "configs"))
    os.symlink(os.path.join(volley.SOURCE, "io"), os.path.join(directory, "io"))
    commands = re.findall(r"^    (\S.*)$", section("From a config to a figure"), re.MULTILINE)
    assert len(commands) == 5, commands
    for command in commands:
        words = [volley.PROGRAM if word == "build/release/volley" else word for word in shlex.split(command)]
        done = subprocess.run(words, cwd=directory, capture_output=True, text=True, timeout=120 * volley.PATIENCE)
        assert done.returncode == 0, (command, done.stderr)
    for name in ("raster", "distributions", "states", "phases"):
        assert f"results/my/{name}.png" in done.stdout.splitlines(), done.stdout
        assert os.path.getsize(os.path.join(directory, "results", "my", name + ".png")) > 5000, name
    for name in re.findall(r"^\| `(\w+\.png)`", section("From a config to a figure"), re.MULTILINE):
        assert f"results/my/{name}" in done.stdout, name


def has(module):
    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def run_block(directory, module, names):
    """Executes the block of the section that imports a module; returns some of its variables."""
    blocks = re.findall(r"```python\n(.*?)```", section("Results in Python"), re.DOTALL)
    block, = (text for text in blocks if re.search(rf"^(import|from) {module}\b", text, re.MULTILINE))
    variables = {}
    environment = os.environ["PATH"]
    os.environ["PATH"] = os.path.dirname(volley.PROGRAM) + os.pathsep + environment
    before = os.getcwd()
    os.chdir(directory)
    try:
        exec(block, variables)  # noqa: S102
    finally:
        os.chdir(before)
        os.environ["PATH"] = environment
    return [variables[name] for name in names]


def readers(directory):
    """Each block of Python gives the same spikes."""
    times, neurons, potential, interval = run_block(directory, "h5py", ("times_ms", "neurons", "V_m", "interval"))
    assert 4000 < len(times) == len(neurons) and potential.shape == (1801, 800) and interval == 0.5, potential.shape
    if has("pandas"):
        spikes, counts = run_block(directory, "pandas", ("spikes", "counts"))
        own = spikes[spikes.population == "E"]
        assert numpy.allclose(own.time_ms, times) and (own.node_id == neurons).all()
        assert counts["E"].sum() == len(times)
    else:
        print("left out: the lines with pandas (Debian: python3-pandas)")
    if has("neo"):
        trains, signal = run_block(directory, "volley_neo", ("trains", "V_m"))
        assert len(trains) == 800 and sum(len(train) for train in trains) == len(times)
        assert all(numpy.array_equal(train.magnitude, times[neurons == i]) for i, train in enumerate(trains))
        assert signal.shape == potential.shape and float(signal.sampling_period.rescale("ms")) == 0.5


SUBSETS = """
simulation: {dt: 0.1, duration: 10.0}
populations:
  a: {model: spike_source, size: 4, params: {spike_times: [[2.0, 9.0], [], [6.0], [0.5, 7.5]]}}
  b: {model: spike_source, size: 3, params: {spike_times: [[3.0], [4.0], []]}}
  c: {model: srm0, size: 3}
record:
  start: 1.0
  spikes: [a, {population: b, neurons: {ids: [1, 2]}}]
  state: [{population: c, variables: [u], interval: 0.5, neurons: {ids: [2, 0]}, precision: float64}]
"""


def neo_objects(directory):
    """Silent neurons, subsets, spans, units and annotations."""
    sys.path.insert(0, os.path.join(volley.SOURCE, "io"))
    import volley_neo

    result = os.path.join(directory, "subsets")
    volley.run(volley.write(directory, "subsets.yaml", SUBSETS), result)
    segment = volley_neo.read(result).segments[0]
    found = [(train.annotations["population"], train.annotations["node_id"], train.magnitude.round(6).tolist())
             for train in segment.spiketrains]
    assert found == [("a", 0, [2.0, 9.0]), ("a", 1, []), ("a", 2, [6.0]), ("a", 3, [7.5]), ("b", 1, [4.0])], found
    for train in segment.spiketrains:
        assert train.units.dimensionality.string == "ms" and (float(train.t_start), float(train.t_stop)) == (1.0, 10.0)
    signal, = segment.analogsignals
    with h5py.File(os.path.join(result, "state_c_u.h5")) as file:
        assert numpy.array_equal(signal.magnitude, file["report/c/data"][:])
        ids = file["report/c/mapping/node_ids"][:].tolist()
    assert signal.array_annotations["node_id"].tolist() == ids and signal.name == "u" and float(signal.t_start) == 1.0
    assert [len(train) for train in volley_neo.read_spikes(result, ["b"])] == [1]


def main():
    if not has("matplotlib"):
        print("skipped: the walk needs matplotlib (Debian: python3-matplotlib; jobs/setup.sh --tests)")
        sys.exit(77)
    with tempfile.TemporaryDirectory(prefix="volley-test-") as directory:
        walk(directory)
        readers(directory)
        if not has("neo"):
            print("skipped: io/volley_neo.py needs neo (Debian: python3-neo; jobs/setup.sh --tests)")
            sys.exit(77)
        neo_objects(directory)


main()
