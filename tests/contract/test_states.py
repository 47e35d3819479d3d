# SPDX-License-Identifier: BSD-3-Clause
"""State takes part in checkpoints by itself: a neuron model, stimuli and a rule that no file of the program knows, with
states of every kind, resume on other layouts bit for bit."""
import os
import h5py
import numpy
from contract import test_registry
from support import volley

MODULES = os.environ["VOLLEY_TEST_MODULES"]
ENVIRONMENT = {"VOLLEY_MODELS": ":".join(os.path.join(MODULES, f"{name}.so") for name in ("outside_adaptive", "outside_stimuli", "outside_columns"))}
CONFIG = """
simulation: {dt: 0.1, duration: 120.0, seed: 3}
populations:
  pulses: {model: spike_source, size: 2, params: {spike_times: [[5.0, 30.0, 54.9, 55.0], [17.0]]}}
  A: {model: outside_adaptive, size: 41, params: {V_th: -50.0, t_ref: 1.5}}
  B: {model: outside_adaptive, size: 30}
stimuli:
  noise: {model: outside_ou, target: [A, B], params: {mean: 180.0, std: 250.0}}
  trains: {model: outside_gamma, target: A, params: {rate: 2000.0, shape: 3, weight: 1.6}}
projections:
  drive: {source: pulses, target: A, connect: {rule: all_to_all}, weight: 3.0, delay: 2.5}
  AB: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 12}, weight: 0.5, delay: 1.5,
       plasticity: {rule: outside_columns, params: {w_max: 4.0}}}
  BA: {source: B, target: {population: A, neurons: {range: [3, 33]}}, connect: {rule: fixed_indegree, indegree: 7}, weight: 0.4, delay: 3.1,
       weight_precision: float64, plasticity: {rule: outside_columns, params: {w_max: 4.0}}}
checkpoint: {keep: 9}
record:
  state: [{population: A, variables: [V_m, adaptation, spike_count], interval: 0.1, precision: float64}]
  weights: [{projection: AB, interval: 30.0}, {projection: BA, interval: 30.0}]
"""
SIDES = {"source": ("pre_fast", "pre", "pre_slow"), "target": ("post_fast", "post", "post_slow"),
         "column": ("posts_seen", "drift")}


def run(config, directory, until, ranks, threads, number):
    arguments = ["run", config, "-o", directory, "-q", "--threads", threads, "--set", f"simulation.duration={until}",
                 "--set", "partition.method=" + ("block", "round_robin")[number % 2]]
    arguments += ["--set", f"checkpoint.interval={until}"] if until < 120.0 else []
    done = volley.start(arguments + (["--resume"] if number else []), ranks, ENVIRONMENT)
    assert done.returncode == 0, done.stderr


def check_lists(path):
    """Every declared name is in the file; nothing of it is at rest."""
    with h5py.File(path) as file:
        assert file.attrs["checkpoint_format"] == 2
        names = [f"neurons.A.state.{name}" for name in ("V_m", "adaptation", "spike_count")]
        names += ["stimuli.noise.state.deviation", "stimuli.trains.state.waiting"]
        names += [f"plastic.{projection}.{side}.{name}" for projection in ("AB", "BA") for side, all_of in SIDES.items()
                  for name in all_of]
        for name in names:
            assert name in file, f"no {name} in {sorted(file)}"
            assert len(numpy.unique(file[name][:])) > 2, (name, file[name][:])
        assert file["neurons.A.state.adaptation"].attrs["unit"] == "mV"
        assert len(file["neurons.A.refractory"]) == 41 and len(file["stimuli.noise.state.deviation"]) == 71
        assert len(file["plastic.AB.column.drift"]) == len(file["plastic.AB.weight"]) == 30 * 12
        assert len(file["plastic.BA.source.pre"]) == 30 and len(file["plastic.BA.posts"]) == 30
        assert len(file["plastic.BA.target.post"]) == file["plastic.BA.posts"][:].sum() > 0


def test_other_layouts(directory):
    config = volley.write(directory, "net.yaml", CONFIG)
    whole, parts = os.path.join(directory, "whole"), os.path.join(directory, "parts")
    wanted = volley.run(config, whole, environment=ENVIRONMENT)
    for name in ("A", "B"):
        assert wanted["populations"][name]["spikes"] > 100, wanted["populations"]
    for number, (ranks, threads, until) in enumerate([(1, 2, 31.3), (3, 1, 55.2), (2, 2, 90.0), (1, 1, 120.0)]):
        run(config, parts, until, ranks, threads, number)
    found = volley.read_run(parts)
    for key in volley.HASHES:
        assert found[key] == wanted[key], key
    there, here = test_registry.files_of(whole), test_registry.files_of(parts)
    assert all(here.get(key) == there[key] for key in there), [key for key in there if here.get(key) != there[key]]
    for step in (313, 552, 900):
        check_lists(os.path.join(parts, f"checkpoint-{step}.h5"))


if __name__ == "__main__":
    volley.main([test_other_layouts])
