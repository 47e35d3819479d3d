# SPDX-License-Identifier: BSD-3-Clause
"""Models in shared libraries (VOLLEY_MODELS): a neuron that copies a built-in model gives its hashes, stimuli with states go
on from a checkpoint on any layout, and every library that does not fit is refused with one message and exit code 2 on
all ranks."""
import os
import subprocess
import h5py
from contract import test_registry
from support import volley
from support.xxh64 import xxh64

MODULES = os.environ["VOLLEY_TEST_MODULES"]
CONFIG = """\
simulation: {{duration: 200, seed: 7}}
populations:
  A: {{model: {model}, size: 90, params: {{V_th: -50.0, tau_m: {{uniform: {{low: 8, high: 12}}}}}}, init: {{V_m: {{uniform: {{low: -70, high: -50}}}}}}}}
  B: {{model: {model}, size: 60}}
stimuli:
  drive: {{model: poisson, target: [A, B], params: {{rate: 9000, weight: 0.25, delay: 1.0}}}}
  shift: {{model: noise, target: B, params: {{mean: 30, std: 90}}}}
projections:
  ab: {{source: A, target: B, connect: {{rule: fixed_indegree, indegree: 20}}, weight: 0.3, delay: 1.0}}
  ba: {{source: B, target: A, connect: {{rule: bernoulli, p: 0.2}}, weight: -0.4, delay: {{uniform: {{low: 0.5, high: 2.0}}}}}}
"""


def module(name):
    return os.path.join(MODULES, f"{name}.so")


def with_models(*paths):
    return {"VOLLEY_MODELS": ":".join(paths)}


def test_described(_):
    for name in ("neuron", "config"):
        assert "outside_lif" not in volley.start(["describe", name]).stdout
        assert "outside_lif" in volley.start(["describe", name], environment=with_models(module("outside_lif"))).stdout
    text = volley.start(["describe", "neuron", "outside_lif"], environment=with_models(module("outside_lif"))).stdout
    own = volley.start(["describe", "neuron", "iaf_psc_delta"]).stdout
    assert module("outside_lif") in text, text
    assert text.split("parameters (params)")[1] == own.split("parameters (params)")[1], text


def test_same_hashes(directory):
    inside = volley.write(directory, "inside.yaml", CONFIG.format(model="iaf_psc_delta"))
    outside = volley.write(directory, "outside.yaml", CONFIG.format(model="outside_lif"))
    wanted = volley.run(inside, os.path.join(directory, "inside"))
    assert wanted["populations"]["A"]["spikes"] > 100 and wanted["models"] == [], wanted
    for ranks, threads, simd in ((None, 1, "plain"), (None, 2, None), (3, 1, None), (2, 2, None)):
        environment = with_models(module("outside_lif"))
        if simd:
            environment["VOLLEY_SIMD"] = simd
        found = volley.run(outside, os.path.join(directory, "outside"), ranks, threads, environment=environment)
        for key in volley.HASHES:
            assert found[key] == wanted[key], (ranks, threads, key)
    entry, = found["models"]
    assert entry["file"] == os.path.realpath(module("outside_lif")) and entry["names"] == ["outside_lif"], entry
    assert len(entry["hash"]) == 16 and int(entry["hash"], 16) != 0, entry

    # By a name in the folder one is in; the library's own models are known to all commands.
    done = subprocess.run([volley.PROGRAM, "check", outside], cwd=MODULES, capture_output=True, text=True, timeout=60 * volley.PATIENCE,
                          env={**os.environ, "VOLLEY_MODELS": "outside_lif.so"})
    assert done.returncode == 0, done.stderr
    done = volley.start(["check", outside])
    assert done.returncode == 2 and "outside_lif" in done.stderr, done.stderr


def test_other_bytes_other_hash(directory):
    """The hash is that of the file: one byte more behind its end changes it."""
    path = os.path.join(directory, "longer.so")
    with open(module("outside_lif"), "rb") as source, open(path, "wb") as target:
        target.write(source.read() + b"\0")
    config = volley.write(directory, "outside.yaml", CONFIG.format(model="outside_lif"))
    hashes = set()
    for name in (module("outside_lif"), path):
        found = volley.run(config, os.path.join(directory, "out"), environment=with_models(name))
        hashes.add(found["models"][0]["hash"])
    assert len(hashes) == 2, hashes


def test_refused(directory):
    config = volley.write(directory, "outside.yaml", CONFIG.format(model="outside_lif"))
    text = volley.write(directory, "text.so", "no library\n")
    fits = module("outside_lif")
    cases = ((("none.so",), "none.so"), ((text,), text), ((module("no_module"),), "VOLLEY_NEURON_MODULE"),
             ((module("other_table"),), "another volley"), ((module("taken_name"),), "iaf_psc_exp"),
             ((module("no_update"),), "no update"),
             ((module("taken_rule"),), "stdp"), ((module("same_names"),), "a name of its own"),
             ((module("no_membrane"),), "V_M as its membrane potential"), ((module("no_signal"),), "its signal needs a name"),
             ((module("no_setting"),), "preset other sets tau"), ((fits, fits), "outside_lif"), ((fits, ""), "empty"))
    for paths, word in cases:
        for ranks in (None, 3):
            done = volley.start(["run", config, "-o", os.path.join(directory, "out")], ranks, with_models(*paths))
            said = [line for line in done.stderr.splitlines() if line.startswith("volley: ")]
            assert done.returncode == 2 and len(said) == 1 and word in said[0], (paths, ranks, done)
        for command in (["check", config], ["describe", "neuron"]):
            done = volley.start(command, environment=with_models(*paths))
            assert done.returncode == 2 and done.stdout == "", (paths, command, done)
            assert len(done.stderr.splitlines()) == 1 and word in done.stderr, (paths, command, done)
    assert not os.path.exists(os.path.join(directory, "out"))


def test_other_library_on_another_rank(directory):
    """All ranks have to have the same models: here rank 1 has a library with another byte."""
    other = os.path.join(directory, "other.so")
    with open(module("outside_lif"), "rb") as source, open(other, "wb") as target:
        target.write(source.read() + b"\0")
    program = volley.write(directory, "volley", "#!/bin/bash\nrank=${OMPI_COMM_WORLD_RANK-${PMI_RANK-0}}\n"
                           f'if [ "$rank" = 1 ]; then export VOLLEY_MODELS="{other}"; fi\n'
                           f'exec "{volley.PROGRAM}" "$@"\n')
    os.chmod(program, 0o755)
    config = volley.write(directory, "outside.yaml", CONFIG.format(model="outside_lif"))
    done = subprocess.run([*volley.LAUNCHER, "-n", "3", program, "run", config, "-o", os.path.join(directory, "out")],
                          capture_output=True, text=True, timeout=60 * volley.PATIENCE,
                          env={**os.environ, **with_models(module("outside_lif"))})
    assert done.returncode == 2 and done.stderr.count("VOLLEY_MODELS") == 1, done


STIMULI = """\
simulation: {duration: 100, seed: 7}
populations:
  A: {model: iaf_psc_exp, size: 90}
  B: {model: iaf_psc_exp, size: 61}
stimuli:
  noise: {model: outside_ou, target: [B, {population: A, neurons: {every: 3}}], start: 3.0, stop: 95.0,
          params: {mean: 300, std: 250, tau: 7}}
  trains: {model: outside_gamma, target: [{population: A, neurons: {first: 40}}, B], params: {rate: 3000, shape: 4, weight: 120, delay: 1.7}}
projections:
  ab: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 20}, weight: 30, delay: 1.0}
checkpoint: {keep: 9}
record: {state: [{population: A, variables: [V_m], interval: 0.1, precision: float64},
                 {population: B, variables: [V_m], interval: 0.1, precision: float64}]}
"""


def test_states_of_stimuli(directory):
    """States of a stimulus take part in a checkpoint by themselves: a run in pieces, each on another layout, is the whole
    run bit for bit. The states are not at rest then, and a checkpoint names them."""
    environment = with_models(module("outside_stimuli"))
    config = volley.write(directory, "stimuli.yaml", STIMULI)
    whole, parts = os.path.join(directory, "whole"), os.path.join(directory, "parts")
    wanted = volley.run(config, whole, environment=environment)
    assert wanted["populations"]["A"]["spikes"] > 100 and wanted["populations"]["B"]["spikes"] > 100, wanted["populations"]
    for number, (ranks, threads, until) in enumerate([(1, 2, 41.3), (3, 1, 41.4), (2, 2, 77.0), (1, 1, 100.0)]):
        sets = [f"simulation.duration={until}", "partition.method=" + ("block", "round_robin")[number % 2]]
        sets += [f"checkpoint.interval={until}"] if until < 100.0 else []
        arguments = ["run", config, "-o", parts, "-q", "--threads", threads] + (["--resume"] if number else ["--overwrite"])
        for text in sets:
            arguments += ["--set", text]
        done = volley.start(arguments, ranks, environment)
        assert done.returncode == 0, done.stderr
    found = volley.read_run(parts)
    for key in volley.HASHES:
        assert found[key] == wanted[key], key
    there, here = test_registry.files_of(whole), test_registry.files_of(parts)
    assert all(here.get(key) == there[key] for key in there), [key for key in there if here.get(key) != there[key]]
    with h5py.File(os.path.join(parts, "checkpoint-770.h5")) as file:
        names = {}
        file.visititems(lambda name, item: names.update({name.replace("/", "."): item}))
        deviation, waiting = (next(item[:] for name, item in names.items() if name.endswith(end))
                              for end in ("noise.state.deviation", "trains.state.waiting"))
    assert len(deviation) == 61 + 30 and len(waiting) == 40 + 61
    assert len(set(deviation)) == 91 and {0, 1, 2, 3} == set(waiting), (deviation, waiting)


PLASTIC = """\
simulation: {duration: 300, seed: 7}
populations:
  A: {model: iaf_psc_exp, size: 90}
  B: {model: iaf_psc_exp, size: 61}
stimuli:
  drive: {model: poisson, target: [A, B], params: {rate: 9000, weight: 40, delay: 1.0}}
projections:
  ab: {source: A, target: B, connect: {rule: fixed_indegree, indegree: 30}, weight: {uniform: {low: 5, high: 40}},
       delay: {uniform: {low: 1.0, high: 3.0}}, dendritic_delay: 0.5, weight_precision: PRECISION,
       plasticity: {rule: RULE, start: 20, stop: 280, params: {PARAMS}}}
record: {weights: [{projection: ab, interval: 100}]}
"""


def test_rules(directory):
    """Rules in a library give the weights of the same rules inside, bit for bit, on any layout, for both precisions."""
    environment = with_models(module("outside_rules"))
    text = volley.start(["describe", "plasticity", "outside_triplet"], environment=environment).stdout
    assert module("outside_rules") in text and "tau_r1" in text, text
    cases = (("stdp_triplet", "A_plus: 0.01, A_plus_triplet: 0.6, A_minus: 0.4, A_minus_triplet: 0.05, w_max: 60",
              "outside_triplet", "A2_plus: 0.01, A3_plus: 0.6, A2_minus: 0.4, A3_minus: 0.05, w_max: 60"),
             ("stdp", "pairing: nearest_symmetric, mu_plus: 0, mu_minus: 0, lambda: 0.03125, w_max: 64",
              "outside_nearest", "step: 2, w_max: 64"))
    hashes = set()
    for precision in ("float32", "float64"):
        for inside, inside_params, outside, outside_params in cases:
            text = PLASTIC.replace("PRECISION", precision)
            config = volley.write(directory, "inside.yaml", text.replace("RULE", inside).replace("PARAMS", inside_params))
            wanted = volley.run(config, os.path.join(directory, "inside"))
            assert wanted["populations"]["B"]["spikes"] > 100, wanted["populations"]
            config = volley.write(directory, "outside.yaml", text.replace("RULE", outside).replace("PARAMS", outside_params))
            for ranks, threads in ((None, 1), (2, 2)):
                found = volley.run(config, os.path.join(directory, "outside"), ranks, threads, environment=environment)
                for key in volley.HASHES:
                    assert found[key] == wanted[key], (outside, precision, ranks, threads, key)
            hashes.add(wanted["weight_hash"])
            entry, = found["models"]
            assert entry["names"] == ["outside_triplet", "outside_nearest"], entry
            library, = [entry for entry in found["inputs"] if entry["path"] == module("outside_rules")]
            assert list(library["keys"]) == ["projections.ab.plasticity.rule"], library
    assert len(hashes) == 4, hashes


def test_incomplete_plan(directory):
    """What prepare leaves out is found when a config uses the rule."""
    text = PLASTIC.replace("PRECISION", "float32").replace("RULE", "wrong").replace("PARAMS", "")
    config = volley.write(directory, "incomplete.yaml", text)
    done = volley.start(["check", config], environment=with_models(module("no_kernels")))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done
    assert "projections.ab.plasticity.params: rule wrong has no kernels for both precisions" in done.stderr, done


def test_resume(directory):
    """A run goes on with the library it began with, wherever that stands, and with no other; all are listed."""
    moved, other = os.path.join(directory, "moved.so"), os.path.join(directory, "other.so")
    with open(module("outside_lif"), "rb") as source, open(moved, "wb") as same, open(other, "wb") as longer:
        data = source.read()
        same.write(data)
        longer.write(data + b"\0")
    config = volley.write(directory, "outside.yaml", CONFIG.format(model="outside_lif") + "checkpoint: {interval: 100.0}\n")
    out = os.path.join(directory, "out")
    listed = volley.run(config, out, environment=with_models(module("outside_lif")))
    library = [entry for entry in listed["inputs"] if entry["path"] == module("outside_lif")]
    assert len(library) == 1 and library[0]["size"] == len(data), listed["inputs"]
    assert library[0]["hash"] == listed["models"][0]["hash"] == xxh64(data), (library, listed["models"])
    assert listed["models"][0]["size"] == len(data) and listed["models"][0]["names"] == ["outside_lif"], listed["models"]
    more = ["--resume", "-q", "-o", out]
    done = volley.start(["run", config, *more], environment=with_models(other))
    assert done.returncode == 2 and other in done.stderr and len(done.stderr.splitlines()) == 1, done
    done = volley.start(["run", config, *more], environment=with_models(moved))
    assert done.returncode == 0, done


if __name__ == "__main__":
    volley.main([test_described, test_same_hashes, test_other_bytes_other_hash, test_refused,
                 test_other_library_on_another_rank, test_states_of_stimuli, test_rules, test_incomplete_plan, test_resume])
