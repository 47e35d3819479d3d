# SPDX-License-Identifier: BSD-3-Clause
"""Notes on what is allowed but hardly meant: each is given where it has a reason and only there. Weights of every rule in
float32 and float64, with and without a note on precision, show what it is about."""
import json
import os
import re
import sys
import tempfile

import h5py

from support import volley

WEIGHT, SPACING = 50.0, 2.0 ** -18  # between float32 numbers near the weight
PAIRS, APART = 400, 10.0
# Each rule, with changes of `size` at a spike or in a step.
RULES = {
    "stdp": lambda size: {"lambda": size / 100, "mu_plus": 0, "mu_minus": 0, "alpha": 0},
    "stdp_power_law": lambda size: {"lambda": size, "mu": 0, "alpha": 0},
    "stdp_triplet": lambda size: {"A_plus": size, "A_plus_triplet": 0, "A_minus": 0, "A_minus_triplet": 0},
    "stdp_inhibitory": lambda size: {"eta": size, "alpha": 0, "w_max": 100},
    "stdp_nearest": lambda size: {"A_plus": size, "A_minus": 0},
    "stdp_window": lambda size: {"eta": size, "w_in": 0.5, "w_out": 0.5},
    "stdp_pair_rates": lambda size: {"lr_post": size, "lr_pre": 0, "w_max": 100},
    "noop": lambda size: {"weight_decay": size / WEIGHT, "w_max": 100},
    "mstdp": lambda size: {"lr": size, "a_minus": 0, "w_max": 100},
    "mstdp_et": lambda size: {"lr": size * 250, "a_minus": 0, "w_max": 100},
    "stdp_dopamine": lambda size: {"A_plus": size, "A_minus": 0, "tau_c": 5.0},
}


def network(rule, params, precision):
    duration = PAIRS * APART + 10
    trains = {name: [[round(i * APART + at, 1) for i in range(PAIRS)]] for name, at in (("A", 5.0), ("B", 6.0))}
    rewarded = rule in ("mstdp", "mstdp_et", "stdp_dopamine")
    return {
        "simulation": {"dt": 0.1, "duration": duration},
        "populations": {name: {"model": "spike_source", "size": 1, "params": {"spike_times": train}}
                        for name, train in trains.items()},
        "stimuli": {"R": {"model": "reward", "params": {"constant": 1.0}}} if rewarded else {},
        "projections": {"P": {
            "source": "A", "target": "B", "connect": {"rule": "one_to_one"}, "weight": WEIGHT, "delay": 0.1,
            "dendritic_delay": "all", "weight_precision": precision,
            "plasticity": {"rule": rule, "params": params, **({"reward": "R"} if rewarded else {})}}},
        "record": {"weights": [{"projection": "P"}]},
    }


def notes(config):
    """The notes that `volley check` prints."""
    done = volley.start(["check", config])
    assert done.returncode == 0, done.stderr
    _, found, rest = done.stdout.partition("\nnotes\n")
    return rest.splitlines() if found else []


def changed(config, directory):
    """How far the weight has moved."""
    volley.run(config, directory)
    with h5py.File(os.path.join(directory, "weights.h5"), "r") as file:
        found = []
        file.visititems(lambda name, item: found.append(item[:].ravel()[-1])
                        if isinstance(item, h5py.Dataset) and name.endswith("weight") else None)
    assert len(found) == 1, found
    return float(found[0]) - WEIGHT


def test_precision(directory):
    told = volley.start(["describe", "plasticity"]).stdout
    names = set(re.findall(r"^plasticity (\w+):", told, re.M))
    missing = names - set(RULES) - {"tsodyks"}
    assert len(names) >= len(RULES) and not missing, f"rules without a case: {missing}"
    for rule, params in RULES.items():
        for spacings in (0.3, 1.4, 40.0):
            out, moved = os.path.join(directory, "out"), {}
            for precision in ("float32", "float64"):
                text = json.dumps(network(rule, params(spacings * SPACING), precision))
                config = volley.write(directory, "rule.yaml", text)
                told = [line for line in notes(config) if "float32" in line]
                assert len(told) == (precision == "float32" and spacings < 10), (rule, spacings, precision, told)
                moved[precision] = changed(config, out)
            wrong = abs(moved["float32"] - moved["float64"]) / abs(moved["float64"])
            assert moved["float64"] != 0.0 and (wrong > 0.02 if spacings < 1 else spacings < 10 or wrong < 0.05), \
                (rule, spacings, moved)


def test_units(directory):
    def of(populations, projections="", dt=0.1):
        text = f"simulation: {{dt: {dt}, duration: 10.0}}\npopulations: {{{populations}}}\nprojections: {{{projections}}}\n"
        return notes(volley.write(directory, "units.yaml", text))

    usual = "A: {model: iaf_psc_exp, size: 2, params: {E_L: -70.0, V_th: -55.0, V_reset: -70.0, tau_m: 10.0, C_m: 250.0}}"
    assert of(usual) == []
    for params, words in (
            ("I_e: 5.0e-10", "pA, not amperes"), ("tau_m: 0.02", "ms, not seconds"),
            ("tau_syn_ex: 0.002", "ms, not seconds"), ("V_th: -0.05", "mV, not volts"), ("C_m: 0.25", "pF, not nanofarads")):
        found = of(f"A: {{model: iaf_psc_exp, size: 2, params: {{{params}}}}}")
        assert len(found) == 1 and words in found[0] and found[0].startswith("populations.A.params."), (params, found)
    assert "nS, not siemens" in of("A: {model: iaf_cond_exp, size: 2, params: {g_L: 1.0e-8}}")[0]
    weight = "P: {source: A, target: A, connect: {rule: all_to_all}, weight: %s, delay: 1.0}"
    assert of(usual, weight % "1.0e-10")[0].startswith("projections.P.weight: ")
    assert "simulation.dt: " in of(usual, dt=0.0001)[0] and of(usual, dt=0.001) == []
    stimuli = volley.write(directory, "stimuli.yaml", f"""
simulation: {{dt: 0.1, duration: 10.0}}
populations: {{{usual}}}
stimuli:
  poisson: {{model: poisson, target: A, params: {{rate: 10.0, weight: 1.0e-10}}}}
  dc: {{model: dc, target: A, params: {{amplitude: 4.0e-10}}}}
  usual: {{model: dc, target: A, params: {{amplitude: 400.0}}}}
""")
    found = notes(stimuli)
    assert len(found) == 2 and all("pA, not amperes" in line for line in found), found
    assert of(usual, weight % "0.0") == of(usual, weight % "0.01") == []
    # Models without units of this kind are left alone.
    assert of("A: {model: lif_euler, size: 2}") == []
    # Of many like notes a few are given.
    many = ", ".join(f"A{i}: {{model: iaf_psc_exp, size: 1, params: {{tau_m: 0.02}}}}" for i in range(9))
    found = of(many)
    assert len(found) == 6 and "4 more" in found[-1], found


def test_dt(directory):
    for dt, n in ((0.25, 0), (0.5, 1)):
        text = f"simulation: {{dt: {dt}, duration: 10.0}}\npopulations: {{A: {{model: hh_psc_alpha, size: 1}}}}\n"
        found = notes(volley.write(directory, "dt.yaml", text))
        assert len(found) == n and all("0.25 ms" in line for line in found), (dt, found)


def test_saturated(directory):
    populations = ", ".join(f"{name}: {{model: iaf_psc_exp, size: 3, params: {{I_e: {current}, t_ref: 2.0}}}}"
                            for name, current in (("fast", 1e5), ("usual", 400.0), ("still", 0.0)))
    config = volley.write(directory, "fast.yaml",
                          f"simulation: {{dt: 0.1, duration: 100.0}}\npopulations: {{{populations}}}\n")
    out = os.path.join(directory, "fast")
    printed = volley.start(["run", config, "-o", out]).stdout
    for text in (printed, volley.start(["info", out]).stdout):
        found = [line for line in text.splitlines() if line.startswith("note ")]
        assert len(found) == 2 and "no spike of still" in found[0] and \
            re.search(r"fast is saturated: \d+ Hz, .* 500 Hz", found[1]), found


def main():
    for test in (test_precision, test_units, test_dt, test_saturated):
        with tempfile.TemporaryDirectory() as directory:
            test(directory)
        print(f"passed {test.__name__}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
