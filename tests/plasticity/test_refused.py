# SPDX-License-Identifier: BSD-3-Clause
"""Mistakes in what a config says of plasticity: refused with exit code 2, on every rank, before anything is built,
with file, line, key, value and what is allowed."""
import os
from support import volley

BASE = """simulation: {dt: 0.1, duration: 100}
populations:
  E: {model: iaf_psc_exp, size: 80}
  I: {model: iaf_psc_alpha, size: 20}
"""
PROJECTION = BASE + """projections:
  P:
    source: E
    target: I
    connect: {rule: fixed_indegree, indegree: 10}
"""
DENDRITIC = "P.dendritic_delay"
ALL = "dendritic_delay: all"


def row(what, plasticity, *answer, weight="2", delay="1.5", more="weight_precision: float64"):
    """Lines 10 to 13: weight, delay, plasticity, more. answer: what the message must hold, besides the file."""
    text = PROJECTION + f"    weight: {weight}\n    delay: {delay}\n    plasticity: {plasticity}\n    {more}\n"
    return what, text, answer


def stdp(what, params, *answer, **keys):
    return row(what, f"{{rule: stdp, params: {{{params}}}}}", *answer, **keys)


ROWS = [
    stdp("w_min above w_max", "w_min: 5, w_max: 3", ":12: projections.P.plasticity.params: w_min", "value 5",
         "allowed from 0 to w_max, and w_max is 3"),
    stdp("the same for negative weights", "w_min: -5, w_max: -3", ":12:", "w_min", "value -5", "allowed", weight="-4"),
    stdp("no room between the bounds", "w_min: 3, w_max: 3", ":12:", "w_min", "value 3", weight="3"),
    stdp("a sign that could change", "w_min: -3, w_max: 3", ":12:", "differ in sign", "value -3 and 3", "allowed"),
    stdp("bounds that no number can tell apart", "w_max: 1e-320", ":12:", "value", weight="0"),
    stdp("bounds too wide for float32", "w_max: 1e39", ":12: projections.P.plasticity", "weight_precision", "float32",
         "value", "allowed", more="weight_precision: float32"),
    stdp("a negative tau", "tau_plus: -3", ":12: projections.P.plasticity.params.tau_plus", "value -3",
         "allowed at least 0.001"),
    stdp("a tau of zero", "tau_minus: 0", ":12: projections.P.plasticity.params.tau_minus", "value 0", "allowed"),
    stdp("a tau that is not a number", "tau_plus: nan", ":12:", "params.tau_plus", "finite", "value nan"),
    stdp("a tau too long for a table", "tau_plus: 1e9", ":12:", "value 1000000000 ms", "allowed at most"),
    stdp("a bound that is infinite", "w_max: .inf", ":12:", "params.w_max", "finite", "value .inf"),
    stdp("an exponent out of range", "mu_plus: 11", ":12:", "params.mu_plus", "value 11", "allowed 0 to 10"),
    stdp("soft bounds without exponents", "bounds: soft, mu_plus: 0", ":12:", "soft", "mu_plus", "value 0",
         "allowed above 0"),
    stdp("an unknown pairing", "pairing: nearest", ":12:", "params.pairing", 'value "nearest"', "allowed all_to_all",
         'did you mean "nearest_'),
    stdp("a parameter of another rule", "eta: 3", ":12:", "params.eta: unknown key"),
    stdp("weights above the bound", "w_max: 10", ":10: projections.P.weight", "value from 20 to 20",
         "allowed 0 to 10", weight="20"),
    stdp("weights below the bound", "w_min: 1", ":10: projections.P.weight", "value from 0.5 to 2",
         "allowed 1 to 100", weight="{uniform: {low: 0.5, high: 2}}"),
    stdp("weights a little above, in float32", "w_max: 2", ":10: projections.P.weight", "allowed 0 to 2",
         weight="2.000001", more="weight_precision: float32"),
    stdp("weights without a bound", "w_max: 10", ":10: projections.P.weight", "value from 0 to inf",
         "allowed 0 to 10", weight="{normal: {mean: 5, std: 1, min: 0}}"),
    stdp("weights of the other sign", "w_max: -10", ":10: projections.P.weight", "value from 2 to 2",
         "allowed -10 to 0"),
    stdp("weights of both signs", "w_max: 10", ":10: projections.P.weight", "both signs", "value from -1 to 2",
         weight="{uniform: {low: -1, high: 2}}"),
    stdp("a dendritic delay longer than the delay", "", ":13: projections." + DENDRITIC, "value 2",
         "allowed at most 1.5 ms, or all", more="dendritic_delay: 2"),
    stdp("a dendritic delay longer than the smallest delay", "", ":13: projections." + DENDRITIC, "value 1",
         "allowed at most 0.5 ms, or all", delay="{uniform: {low: 0.5, high: 2}}", more="dendritic_delay: 1"),
    stdp("a negative dendritic delay", "", ":13: projections." + DENDRITIC, "value -1", "allowed",
         more="dendritic_delay: -1"),
    stdp("a dendritic delay off the grid", "coincidence: none", ":13: projections." + DENDRITIC, "value 0.04",
         "allowed multiples of 0.1 ms", more="dendritic_delay: 0.04"),
    stdp("post first without a dendritic delay", "coincidence: post_first", "projections." + DENDRITIC, "stdp",
         "value 0", "allowed from 0.1 ms"),
    *[row(f"{rule} without a dendritic delay", f"{{rule: {rule}, params: {{w_max: 100}}}}".replace(
        "stdp_power_law, params: {w_max: 100}", "stdp_power_law"), "projections." + DENDRITIC, rule, "value 0",
        "allowed from 0.1 ms") for rule in ("stdp_triplet", "stdp_inhibitory", "stdp_power_law")],
    *[row(f"preset {preset} without a dendritic delay", f"{{rule: stdp, preset: {preset}}}",
          "projections." + DENDRITIC, f"preset {preset}", "value 0", "allowed from 0.1 ms")
      for preset in ("nest", "nest_nn_symm", "nest_nn_pre_centered", "nest_nn_restr")],
    row("negative weights under the power law", "{rule: stdp_power_law}", ":10:", "value from -2 to -2", "allowed 0 to",
        weight="-2", more=ALL),
    row("negative weights under an excitatory bound", "{rule: stdp_triplet}", ":10:", "allowed 0 to 100", weight="-2",
        more=ALL),
    row("positive weights under an inhibitory bound", "{rule: stdp_inhibitory}", ":10:", "allowed -100 to 0", more=ALL),
    row("a bound of zero", "{rule: stdp_triplet, params: {w_max: 0}}", ":12:", "w_max", "value 0", "allowed",
        weight="0", more=ALL),
    row("a share above one", "{rule: tsodyks, params: {U: 1.5}}", ":12:", "params.U", "value 1.5", "allowed 0 to 1"),
    row("a trace under tsodyks", "{rule: tsodyks, params: {tau_plus: 3}}", ":12:", "params.tau_plus: unknown key",
        "allowed U, u, tau_rec, tau_fac"),
    row("a start after the stop", "{rule: stdp, start: 50, stop: 20}", ":12: projections.P.plasticity.stop", "value 20",
        "allowed above 50 ms"),
    row("a start at the stop", "{rule: stdp, start: 20, stop: 20}", ":12: projections.P.plasticity.stop", "value 20"),
    row("a start off the grid", "{rule: stdp, start: 0.05}", ":12:", "plasticity.start", "value 0.05",
        "allowed multiples of 0.1 ms"),
    row("a negative start", "{rule: stdp, start: -5}", ":12:", "plasticity.start", "value -5", "allowed at least 0"),
    row("an unknown rule", "{rule: sdtp}", ":12: projections.P.plasticity.rule", 'value "sdtp"', "allowed stdp",
        'did you mean "stdp"?'),
    row("an unknown preset", "{rule: stdp, preset: nst}", ":12:", "plasticity.preset", 'value "nst"', "allowed nest",
        'did you mean "nest"?'),
    row("a preset of a rule without any", "{rule: tsodyks, preset: nest}", ":12:", "plasticity.preset", "no presets"),
    row("an unknown key", "{rule: stdp, presets: nest}", ":12:", "plasticity.presets: unknown key", "allowed rule",
        'did you mean "preset"?'),
    row("no rule", "{params: {}}", ":12:", "plasticity.rule: missing key"),
    row("two rules", "[{rule: stdp}, {rule: tsodyks}]", ":12: projections.P.plasticity", "cannot be combined",
        "allowed"),
    row("two rules under two keys", "{rule: stdp}\n    plasticity: {rule: tsodyks}", ":13:", "duplicate key",
        'value "plasticity"'),
    row("a rule without a mapping", "stdp", ":12: projections.P.plasticity", "mapping", "value stdp"),
    ("plasticity of a stimulus", BASE + "stimuli:\n  S: {model: poisson, target: E, plasticity: {rule: stdp}}\n",
     (":6: stimuli.S.plasticity: unknown key", "allowed model, target")),
    ("plasticity of a population", BASE.replace("size: 20", "size: 20, plasticity: {rule: stdp}"),
     (":4: populations.I.plasticity: unknown key", "allowed")),
    ("plasticity of nothing", BASE + "plasticity: {rule: stdp}\n", (":5: plasticity: unknown key", "allowed")),
]

GOOD = [
    row("weights at both ends", "{rule: stdp, params: {w_max: 0.3}}", weight="{uniform: {low: 0, high: 0.3}}",
        more="weight_precision: float32"),
    row("negative bounds", "{rule: stdp, params: {w_min: -1, w_max: -10}}", weight="-10"),
    row("a preset with another order", "{rule: stdp, preset: nest, params: {coincidence: pre_first}}"),
    row("one step of dendritic delay", "{rule: stdp_triplet}", more="dendritic_delay: 0.1"),
    row("all of one step", "{rule: stdp, preset: nest}", delay="0.1", more=ALL),
    row("tsodyks of any sign", "{rule: tsodyks}", weight="-5"),
]


def test_refused(directory):
    for what, text, answer in ROWS:
        done = volley.start(["check", volley.write(directory, "net.yaml", text)])
        assert done.returncode == 2 and done.stdout == "", (what, done.returncode, done.stdout, done.stderr)
        lines = done.stderr.splitlines()
        whole = [line for line in lines if all(part in line for part in ("net.yaml:", *answer))]
        assert len(whole) == 1, f"{what}: {answer} not in\n{done.stderr}"


def test_accepted(directory):
    for what, text, _ in GOOD:
        done = volley.start(["check", volley.write(directory, "net.yaml", text)])
        assert done.returncode == 0, (what, done.stderr)


def test_before_the_build(directory):
    """On several ranks, for a network that no memory holds: one message, and nothing is left behind."""
    text = ROWS[0][1].replace("size: 80", "size: 80000000000")
    out = os.path.join(directory, "out")
    done = volley.start(["run", volley.write(directory, "net.yaml", text), "-o", out], ranks=3)
    assert done.returncode == 2 and done.stderr.count("w_min is the bound") == 1, done.stderr
    assert not os.path.exists(out)


if __name__ == "__main__":
    volley.main([test_refused, test_accepted, test_before_the_build])
