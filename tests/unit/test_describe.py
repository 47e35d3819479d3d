# SPDX-License-Identifier: BSD-3-Clause
"""`volley describe`: every model and rule with its parameters, the config's reference, and names it does not know."""
import os
import pathlib
import re
from support import volley

KINDS = {"neuron": "neuron/neuron.def", "stimulus": "stimulus/stimulus.def", "connect": "connect/connect.def",
         "plasticity": "plasticity/plasticity.def"}
SIGNALS = ["constant", "schedule", "response", "spikes"]


def described(*names):
    done = volley.start(["describe", *names])
    assert done.returncode == 0 and done.stderr == "", f"{names} gave {done.returncode}:\n{done.stderr}"
    return done.stdout


def listed(kind):
    """The names of a kind, from the list that the program is built with."""
    if kind == "partition":
        text, word = pathlib.Path(volley.SOURCE, "partition/partition_methods.def").read_text(), "PARTITION_METHOD"
    else:
        text = pathlib.Path(volley.SOURCE, "src/models", KINDS[kind]).read_text()
        word = "VOLLEY_RULE" if kind == "plasticity" else f"VOLLEY_{kind.upper()}"
    names = re.findall(rf"^{word}\((\w+)\)", text, re.MULTILINE)
    assert names
    return names


def test_everything_is_described(directory):
    every = described()
    for kind in (*KINDS, "partition"):
        assert re.search(rf"^{kind}: ", every, re.MULTILINE), every
        parts = described(kind).split("\n\n")
        assert len(parts) == len(listed(kind))
        for name, part in zip(listed(kind), parts):
            assert re.search(rf"^  {name} ", every, re.MULTILINE), name
            one = described(kind, name)
            assert one.startswith(f"{kind} {name}: ") and one.strip() == part.strip(), one
            assert kind == "partition" or re.search(r"^  source: \S", one, re.MULTILINE), one


def test_a_model(directory):
    text = described("neuron", "iaf_psc_exp")
    for row in (r"C_m +pF +250 +at least 0.001 +membrane capacitance",
                r"I_e +pA +0 +any finite number +constant input current",
                r"V_m +mV +E_L +any finite number +membrane potential"):
        assert re.search(rf"^  {row}", text, re.MULTILINE), f"{row} not in\n{text}"
    assert re.search(r"^  spike_times +ms +silent ", described("neuron", "spike_source"), re.MULTILINE)
    text = described("connect", "bernoulli")
    assert re.search(r"^  p +- +required +0 to 1 ", text, re.MULTILINE), text
    assert "autapses" in text and "multapses" not in text, text
    text = described("connect", "spatial_bernoulli")
    for name in ("gaussian", "exponential", "disc", "sigma", "tau", "radius", "cutoff"):
        assert re.search(rf"^  {name} ", text, re.MULTILINE), text
    text = described("connect", "list")
    assert all(re.search(rf"^  {key} ", text, re.MULTILINE) for key in ("edges", "file", "group")), text


def test_a_rule(directory):
    text = described("plasticity", "stdp")
    for row in (r"tau_plus +ms +20 +at least 0.001 +time constant of the source's trace",
                r"A_plus +- +none +any finite number +step of potentiation when it is not lambda",
                r"pairing +word +all_to_all .*which spikes pair",
                r" +one of pre_first, none, post_first$",
                r"nest_nn_symm +NEST stdp_nn_symm_synapse: coincidence none, pairing nearest_symmetric$",
                r"pre and post in one step: "):
        assert re.search(rf"^  {row}", text, re.MULTILINE), f"{row} not in\n{text}"
    assert "combinable with no other rule" in described("plasticity", "tsodyks")


def test_check_tells_of_plasticity(directory):
    config = volley.write(directory, "plastic.yaml", """
simulation: {dt: 0.1, duration: 100.0}
populations: {E: {model: iaf_psc_exp, size: 10}}
projections:
  p: &p
    source: E
    target: E
    connect: {rule: fixed_indegree, indegree: 4}
    weight: 20.0
    delay: 1.5
    plasticity: {rule: stdp, preset: annarchy, params: {A_plus: 0.02, w_max: 80.0}, start: 10.0, stop: 90.0}
    dendritic_delay: 0.3
  short: {<<: *p, plasticity: {rule: tsodyks, params: {tau_fac: 50.0}}, dendritic_delay: all}
record: {start: 20.0, weights: [{projection: p, interval: 30.0}, {projection: short}]}
""")
    done = volley.start(["check", config])
    assert done.returncode == 0, done.stderr
    for row in ("plasticity stdp, preset annarchy, dendritic delay 0.3 ms; weights change for 10 < t <= 90 ms",
                "tau_plus 20 ms, tau_minus 20 ms, lambda 0.01, alpha 1, A_plus 0.02, mu_plus 0, mu_minus 0, w_min 0, "
                "w_max 80, pairing all_to_all, coincidence pre_first, bounds hard, deliver before",
                "plasticity tsodyks, delay all dendritic; weights stay, whatever start and stop say; "
                "combinable with no other rule",
                "p, every 30 ms from 30 ms and at the end: 4 snapshots of 40 synapses, float32, 0.0016 MB",
                "short at the end: 1 snapshot of 40 synapses, float32, 0.00112 MB"):
        assert re.search(rf"^ +{re.escape(row)}$", done.stdout, re.MULTILINE), f"{row} not in\n{done.stdout}"


def test_signals(directory):
    every = described("signal").split("\n\n")
    assert [re.match(r"signal (\w+): ", part)[1] for part in every] == SIGNALS
    text = described("signal", "spikes")
    assert all(re.search(rf"^  {key} ", text, re.MULTILINE) for key in ("neurons", "delay", "value")), text
    assert "see volley describe signal" in described("stimulus", "reward")
    assert re.search(r"^  n +- +required +name of a signal", described("plasticity", "stdp_dopamine"), re.MULTILINE)


def test_unknown_names(directory):
    for names, nearest in ((["neuro"], "neuron"), (["stimuli"], "stimulus"), (["neuron", "iaf_psc_dleta"], "iaf_psc_delta"),
                           (["connect", "fixed_indgree"], "fixed_indegree"), (["partition", "blok"], "block")):
        done = volley.start(["describe", *names])
        assert done.returncode == 2 and done.stdout == "", done.stdout
        assert f'value "{names[-1]}"' in done.stderr and f'did you mean "{nearest}"?' in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
    for names in (["config", "simulation"], ["--all"], ["neuron", "iaf_psc_exp", "iaf_psc_alpha"]):
        done = volley.start(["describe", *names])
        assert done.returncode == 2 and done.stdout == "" and done.stderr.startswith("volley: "), names
    text = described("--help")
    assert text == described("neuron", "-h") and "example: volley describe neuron iaf_psc_exp" in text


def test_reference(directory):
    path = os.path.join(volley.SOURCE, "configs", "reference.yaml")
    text = described("config")
    assert text == pathlib.Path(path).read_text(), \
        "configs/reference.yaml is out of date: volley describe config > configs/reference.yaml"
    done = volley.start(["check", path])
    assert done.returncode == 0, done.stderr
    for kind, section in (("neuron", "populations"), ("stimulus", "stimuli"), ("connect", "projections"),
                          ("plasticity", "projections")):
        for name in listed(kind):
            assert re.search(rf"^{section}:\n(?:.*\n)*?  {name}:\n", text, re.MULTILINE), name
    for line in text.splitlines():
        assert len(line) <= 120 and line == line.rstrip(), line


def test_reference_holds_every_key(directory):
    """What the loader allows at a place is what the reference shows there."""
    path = os.path.join(volley.SOURCE, "configs", "reference.yaml")
    text = pathlib.Path(path).read_text()
    places = ["nothing", "populations.iaf_psc_exp.nothing", "stimuli.poisson.nothing", "projections.bernoulli.nothing",
              "projections.fixed_total.connect.nothing",
              "projections.spatial_bernoulli.connect.nothing", "projections.list.connect.nothing", "stimuli.poisson.params.nothing",
              "signals.spikes.nothing", "projections.stdp.plasticity.nothing", "projections.tsodyks.plasticity.params.nothing"]
    sections = re.findall(r"^(\w+):$", text, re.MULTILINE)
    places += [f"{name}.nothing" for name in sections if name not in ("populations", "stimuli", "signals", "projections")]
    for place in places:
        done = volley.start(["check", path, "--set", f"{place}=1"])
        allowed = re.search(r"unknown key; allowed (.*); did you mean", done.stderr)
        assert done.returncode == 2 and allowed, f"{place}: {done.stderr}"
        for key in allowed[1].split(", "):
            assert re.search(rf"^ *(# )?{key}:", text, re.MULTILINE), f"{place}: {key} is not in the reference"


if __name__ == "__main__":
    volley.main([test_everything_is_described, test_a_model, test_a_rule, test_signals, test_check_tells_of_plasticity,
                 test_unknown_names, test_reference, test_reference_holds_every_key])
