# SPDX-License-Identifier: BSD-3-Clause
"""Single neurons against NEST 3.9, from a config to the result files: every case of tests/reference/nest/neurons*.json
whose model the program has. Cases of other models are named and run as soon as `volley describe neuron` knows them.

The cases of one file are the populations of one config: they have one step and one duration, and do not touch each
other. They run at every vector level, on 1 and on 2 ranks, with the constant current once as I_e and once as a dc
stimulus."""
import json
import os
import re
import h5py
from support import volley

# V_m in mV of models that are solved exactly, compared everywhere; izhikevich takes NEST's own Euler steps, but the
# quadratic term makes the last bits grow.
EXACT = {"iaf_psc_exp": 1e-9, "iaf_psc_exp_multisynapse": 1e-9, "iaf_psc_alpha": 1e-9, "iaf_psc_delta": 1e-9, "izhikevich": 1e-7}
# The others are solved by other steps than NEST's: compared more than AWAY ms from spikes.
NEAR = {"iaf_cond_exp": 1e-4, "aeif_cond_exp": 1e-4, "aeif_psc_exp": 1e-4, "hh_psc_alpha": 5e-3}
AWAY = 1.0
LAYOUTS = [(1, "plain", False), (2, "plain", True), (1, "avx2", True), (2, "avx512", False)]


def known_models():
    """Names of the models, and the states of each."""
    done = volley.start(["describe", "neuron"])
    assert done.returncode == 0, done.stderr
    states = {}
    for part in done.stdout.split("\n\n"):
        name = re.match(r"neuron (\w+):", part)[1]
        rows = part.split("states (init)")[1].splitlines()[2:] if "states (init)" in part else []
        states[name] = [row.split()[0] for row in rows]
    return states


def levels():
    """The vector levels that this machine has; the best one is taken where a layout asks for more."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        flags = set(file.read().split())
    wide = flags >= {"avx512f", "avx512dq", "avx512vl", "avx512bw", "avx512cd"}
    return ["plain"] + ["avx2"] * ("avx2" in flags) + ["avx512"] * wide


def population(index, case, states, stimulus):
    """The neuron of a case, its two trains, and its projections and dc stimulus."""
    start = {key: value for key, value in case["params"].items() if key in states}
    params = {key: value for key, value in case["params"].items() if key not in states}
    if not stimulus:
        params["I_e"] = case["I_e_pA"]
    trains = [train["times_ms"] for train in case["input"]]
    populations = f"""
  N{index}: {{model: {case["model"]}, size: 1, params: {json.dumps(params)}, init: {json.dumps(start)}}}
  in{index}: {{model: spike_source, size: {len(trains)}, params: {{spike_times: {trains}}}}}"""
    projections = "".join(f"""
  p{index}_{k}: {{source: {{population: in{index}, neurons: {{ids: [{k}]}}}}, target: N{index},
    connect: {{rule: all_to_all}}, weight: {train["weight"]}, delay: {train["delay_ms"]}, weight_precision: float64,
    receptor: {train.get("receptor", "auto")}}}"""
                          for k, train in enumerate(case["input"]))
    current = f"\n  dc{index}: {{model: dc, target: N{index}, params: {{amplitude: {case['I_e_pA']}}}}}"
    return populations, projections, current if stimulus else ""


def config_of(cases, models, stimulus):
    parts = [population(index, case, models[case["model"]], stimulus) for index, case in cases]
    populations, projections, currents = ("".join(texts) for texts in zip(*parts))
    (dt, duration), = {(case["dt_ms"], case["T_ms"]) for _, case in cases}
    state = "".join(f"\n    - {{population: N{index}, variables: [V_m], interval: 5.0, precision: float64}}"
                    for index, _ in cases)
    return (f"simulation: {{dt: {dt}, duration: {duration}}}\npopulations:{populations}\n" +
            (f"stimuli:{currents}\n" if currents else "") + f"projections:{projections}\nrecord:\n  state:{state}\n")


def check_spikes(name, case, found):
    expected = case["expect"]["spike_times_ms"]
    steps = [round(time / case["dt_ms"]) for time in expected]
    assert steps and len(found) == len(steps), f"{name}: {len(found)} spikes, not {len(steps)}"
    wrong = [pair for pair in zip(found, steps) if pair[0] != pair[1]]
    assert not wrong, f"{name}: spikes at steps other than NEST's (found, expected): {wrong}"


def check_potential(name, case, data):
    """Frame k is that of k x 5 ms. Returns the largest deviation."""
    worst, compared = 0.0, 0
    for time, value in case["expect"]["V_m_every_5ms"]:
        near = any(abs(time - spike) <= AWAY for spike in case["expect"]["spike_times_ms"])
        if case["model"] in NEAR and near:
            continue
        worst = max(worst, abs(data[round(time / 5.0)] - value))
        compared += 1
    limit = NEAR[case["model"]] if case["model"] in NEAR else EXACT[case["model"]]
    assert compared > 30 and worst < limit, f"{name}: V_m differs by {worst} mV, {compared} values compared"
    return worst


def check_file(directory, name, needed):
    models = known_models()
    with open(os.path.join(volley.SOURCE, "tests/reference/nest", name), encoding="utf-8") as file:
        every = list(enumerate(json.load(file)))
    cases = [(index, case) for index, case in every if case["model"] in models]
    missing = [case["model"] for _, case in every if case["model"] not in models]
    assert len(cases) >= needed, f"{name}: only {len(cases)} cases have a known model"
    print(f"{name}: {len(cases)} cases; {len(missing)} left out, their model does not exist: "
          f"{', '.join(sorted(set(missing))) or 'none'}")
    worst = {}
    for ranks, level, stimulus in LAYOUTS:
        path = volley.write(directory, "nest.yaml", config_of(cases, models, stimulus))
        out = os.path.join(directory, f"{ranks}_{level}")
        volley.run(path, out, ranks=ranks, environment={"VOLLEY_SIMD": level} if level in levels() else {})
        for index, case in cases:
            place = f"{name} case {index}, {case['model']}, {ranks} ranks, {level}"
            check_spikes(place, case, [step for step, _ in volley.spikes(out, f"N{index}", case["dt_ms"])])
            with h5py.File(os.path.join(out, f"state_N{index}_V_m.h5")) as file:
                found = check_potential(place, case, file[f"report/N{index}/data"][:, 0])
            worst[index] = max(found, worst.get(index, 0.0))
    for index, case in cases:
        print(f"  case {index} {case['model']}: {len(case['expect']['spike_times_ms'])} spikes, V_m within "
              f"{worst[index]:.1e} mV")


def test_common(directory):
    check_file(directory, "neurons.json", 13)


def test_edges(directory):
    """tau_syn equal to or near tau_m, t_ref 0 or off the grid, delays of one step."""
    check_file(directory, "neurons_edges.json", 6)


def test_receptors(directory):
    """Receptors by number."""
    check_file(directory, "neurons_receptors.json", 1)


if __name__ == "__main__":
    volley.main([test_common, test_edges, test_receptors])
