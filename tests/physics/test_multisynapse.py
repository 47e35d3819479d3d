# SPDX-License-Identifier: BSD-3-Clause
"""Populations with 1, 3, 7 and 100 receptors in one network, against a simulation written apart from the program:
every spike and every potential must be the same on each layout.

Exact integration of a linear system: scipy's matrix exponential of all currents and the potential takes the state from
one step to the next. Time is counted as in test_reference.py."""
import os
import h5py
import numpy
from scipy import linalg
from support import volley

DT, STEPS, SOURCES, DELAY = 0.1, 2500, 40, 1.3
PARAMS = {"tau_m": 12.0, "C_m": 210.0, "E_L": -70.0, "V_reset": -66.0, "V_th": -55.0, "I_e": 250.0, "t_ref": 1.5}
# The order is not that of the number of receptors; pair has excitatory and inhibitory ones.
RECEPTORS = {"three": 3, "pair": 2, "hundred": 100, "one": 1, "seven": 7}
NEURONS = {"three": 11, "pair": 9, "hundred": 5, "one": 13, "seven": 3}


class Population:
    """Time constants, and for each source a receptor and a weight for each neuron."""

    def __init__(self, name, seed):
        draw = numpy.random.RandomState(seed)
        self.name, self.receptors, self.size = name, RECEPTORS[name], NEURONS[name]
        self.tau = numpy.round(draw.uniform(0.5, 25.0, self.receptors), 3)
        self.receptor = draw.permutation(numpy.arange(SOURCES) % self.receptors)
        if self.receptors > SOURCES:
            self.receptor = draw.choice(self.receptors, SOURCES, replace=False)
        self.weight = draw.uniform(20.0, 120.0, (self.size, SOURCES))
        if self.receptors == 2:
            self.weight *= numpy.where(self.receptor == 1, -0.1, 1.0)

    def names(self):
        """Of the receptors, as a config gives them."""
        return ["excitatory", "inhibitory"] if self.receptors == 2 else [str(r + 1) for r in range(self.receptors)]

    def text(self):
        params = ", ".join(f"{key}: {value}" for key, value in PARAMS.items())
        if self.receptors == 2:
            taus = f"tau_syn_ex: {self.tau[0]}, tau_syn_in: {self.tau[1]}"
        else:
            taus = f"tau_syn: [{', '.join(str(tau) for tau in self.tau)}]"
        model = "iaf_psc_exp" if self.receptors == 2 else "iaf_psc_exp_multisynapse"
        return f"\n  {self.name}: {{model: {model}, size: {self.size}, params: {{{params}, {taus}}}}}"

    def projections(self):
        """One for each receptor that a source enters: all its sources to all neurons."""
        text = ""
        for receptor in sorted(set(self.receptor)):
            sources = numpy.nonzero(self.receptor == receptor)[0]
            weights = self.weight[:, sources].ravel()
            text += f"""
  {self.name}_{receptor}:
    source: {{population: input, neurons: {{ids: {[int(s) for s in sources]}}}}}
    target: {self.name}
    connect: {{rule: all_to_all}}
    weight: {{values: [{', '.join(repr(float(w)) for w in weights)}]}}
    delay: {DELAY}
    receptor: {self.names()[receptor]}
    weight_precision: float64"""
        return text

    def simulate(self, trains):
        """Spikes as (step, neuron), and the potential at every step."""
        n = self.receptors
        system = numpy.zeros((n + 2, n + 2)) # V - E_L, the currents, a constant 1
        system[0, 0] = -1.0 / PARAMS["tau_m"]
        system[0, 1:n + 1] = 1.0 / PARAMS["C_m"]
        system[0, n + 1] = PARAMS["I_e"] / PARAMS["C_m"]
        system[range(1, n + 1), range(1, n + 1)] = -1.0 / self.tau
        step = linalg.expm(system * DT)
        due = numpy.zeros((STEPS + 50, n, self.size))
        for source, train in enumerate(trains):
            for stamp in train:
                due[stamp + round(DELAY / DT), self.receptor[source]] += self.weight[:, source]
        state = numpy.zeros((n + 2, self.size))
        state[n + 1] = 1.0
        free_from = numpy.zeros(self.size, dtype=int)
        spikes, potential = [], [state[0] + PARAMS["E_L"]]
        for time in range(1, STEPS + 1):
            after = step @ state
            after[0] = numpy.where(time >= free_from, after[0], state[0])
            after[1:n + 1] += due[time]
            state = after
            for neuron in numpy.nonzero(state[0] >= PARAMS["V_th"] - PARAMS["E_L"])[0]:
                spikes.append((time, int(neuron)))
                state[0, neuron] = PARAMS["V_reset"] - PARAMS["E_L"]
                free_from[neuron] = time + round(PARAMS["t_ref"] / DT) + 1
            potential.append(state[0] + PARAMS["E_L"])
        return spikes, numpy.array(potential)


def test_any_number(directory):
    draw = numpy.random.RandomState(12)
    trains = [numpy.unique(draw.randint(1, STEPS, 25)) for _ in range(SOURCES)]
    populations = [Population(name, 30 + number) for number, name in enumerate(RECEPTORS)]
    times = ", ".join("[" + ", ".join(f"{stamp * DT:.1f}" for stamp in train) + "]" for train in trains)
    path = volley.write(directory, "net.yaml", f"""
simulation: {{dt: {DT}, duration: {STEPS * DT}, seed: 5}}
populations:
  input: {{model: spike_source, size: {SOURCES}, params: {{spike_times: [{times}]}}}}{"".join(p.text() for p in populations)}
projections:{"".join(p.projections() for p in populations)}
record:
  state:{"".join(f'''
    - {{population: {p.name}, variables: [V_m], interval: {DT}, precision: float64}}''' for p in populations)}
""")
    expected = {p.name: p.simulate(trains) for p in populations}
    for ranks, threads, interval in [(1, 1, "step"), (2, 2, "min_delay"), (3, 1, "step")]:
        out = os.path.join(directory, f"{ranks}x{threads}")
        volley.run(path, out, ranks, threads, [f"exchange.interval={interval}"])
        for p in populations:
            spikes, potential = expected[p.name]
            found = volley.spikes(out, p.name, DT)
            assert len(spikes) > 20 and found == spikes, f"{p.name} on {ranks} x {threads}: {len(found)} spikes, " \
                                                          f"expected {len(spikes)}"
            with h5py.File(os.path.join(out, f"state_{p.name}_V_m.h5")) as file:
                data = file[f"report/{p.name}/data"][:]
            worst = numpy.abs(data - potential[:len(data)]).max()
            assert worst < 1e-9, f"{p.name}: V_m differs by {worst} mV"
    print({p.name: len(expected[p.name][0]) for p in populations}, "spikes equal on 3 layouts")


def test_current_of_a_receptor(directory):
    """The state of a receptor is recorded and set by its name; a Poisson stimulus enters the receptor it names."""
    path = volley.write(directory, "net.yaml", """
simulation: {dt: 0.1, duration: 50.0}
populations:
  A: {model: iaf_psc_exp_multisynapse, size: 3, params: {tau_syn: [1.0, 5.0, 2.0]}, init: {I_syn_2: 40.0}}
stimuli:
  noise: {model: poisson, target: A, receptor: 3, params: {rate: 2000.0, weight: 10.0, delay: 0.1}}
record:
  state:
    - {population: A, variables: [I_syn_1, I_syn_2, I_syn_3], interval: 0.1, precision: float64}
""")
    out = os.path.join(directory, "r")
    volley.run(path, out)
    current = []
    for receptor in (1, 2, 3):
        with h5py.File(os.path.join(out, f"state_A_I_syn_{receptor}.h5")) as file:
            current.append(file["report/A/data"][:])
    assert (current[0] == 0.0).all()
    times = numpy.arange(len(current[1]))[:, None] * 0.1
    assert numpy.abs(current[1] - 40.0 * numpy.exp(-times / 5.0)).max() < 1e-10
    assert (current[2][-1] > 0.0).all()


def test_messages(directory):
    net = """
simulation: {{dt: 0.1, duration: 10.0}}
populations:
  A: {{model: iaf_psc_exp_multisynapse, size: 3, params: {{tau_syn: {tau}}}}}
  B: {{model: iaf_psc_exp, size: 3}}
projections:
  P: {{source: B, target: {target}, connect: {{rule: all_to_all}}, weight: 1.0, delay: 1.0{more}}}
stimuli:
  S: {{model: {stimulus}, target: {to}{receptor}, params: {params}}}
"""
    good = {"tau": "[1.0, 2.0]", "target": "A", "more": ", receptor: 2", "stimulus": "poisson", "to": "A",
            "receptor": ", receptor: 1", "params": "{rate: 1.0, weight: 1.0, delay: 1.0}"}
    volley.run(volley.write(directory, "good.yaml", net.format(**good)), os.path.join(directory, "good"))
    cases = [
        ({"tau": "[]"}, "A.params.tau_syn: wrong length: value 0 receptors; allowed 1 to 256"),
        ({"tau": "[" + "2.0, " * 257 + "]"}, "wrong length: value 257 receptors; allowed 1 to 256"),
        ({"tau": "[1.0, -2.0]"}, "A.params.tau_syn[1]: out of range: value -2.0 ms; allowed at least 0.001 ms"),
        ({"tau": "[1.0, x]"}, "A.params.tau_syn[1]: must be a finite number"),
        ({"more": ""}, "projections.P.receptor: must be given: a target of the model iaf_psc_exp_multisynapse has 2 "
                       "receptors; allowed 1 to 2"),
        ({"more": ", receptor: 3"}, 'projections.P.receptor: unknown name: value "3"; allowed 1, 2'),
        ({"more": ", receptor: auto"}, 'projections.P.receptor: unknown name: value "auto"; allowed 1, 2'),
        ({"more": ", receptor: excitatory"}, "projections.P.receptor: unknown name"),
        ({"target": "B"}, 'projections.P.receptor: unknown name: value "2"; allowed excitatory, inhibitory, auto'),
        ({"receptor": ""}, "stimuli.S.receptor: must be given"),
        ({"to": "[A, B]", "receptor": ""}, "stimuli.S.receptor: must be given"),
        ({"stimulus": "dc", "params": "{amplitude: 1.0}"}, "stimuli.S.receptor: a dc has no weight"),
    ]
    for change, message in cases:
        done = volley.start(["check", volley.write(directory, "net.yaml", net.format(**{**good, **change}))])
        assert done.returncode == 2 and message in done.stderr, (change, message, done.stderr)


def test_notes(directory):
    """Items of lists are looked at as numbers are."""
    path = volley.write(directory, "net.yaml", """
simulation: {dt: 0.1, duration: 10.0}
populations:
  A: {model: iaf_psc_exp_multisynapse, size: 3, params: {tau_syn: [1.0, 0.05, 3.0]}}
""")
    done = volley.start(["check", path])
    assert done.returncode == 0, done.stderr
    notes = done.stdout.partition("\nnotes\n")[2]
    assert "populations.A.params.tau_syn[1]: 0.05 ms is shorter than a step" in notes, done.stdout
    assert "tau_syn[0]" not in notes and "tau_syn[2]" not in notes, notes


def test_parts(directory):
    """Two parts of one SONATA population have different models, also when one model has different receptors."""
    with h5py.File(os.path.join(directory, "nodes.h5"), "w") as file:
        file.attrs["magic"] = numpy.uint32(0x0A7A)
        file.attrs["version"] = [0, 1]
        nodes = file.create_group("nodes/N")
        nodes["node_type_id"] = [100] * 6
        nodes["node_group_id"] = [0] * 6
        nodes["node_group_index"] = range(6)
        nodes.create_group("0")
    volley.write(directory, "types.csv", "node_type_id model_type model_template\n"
                 "100 point_process nest:iaf_psc_exp_multisynapse\n")
    part = "part: {of: N, nodes: nodes.h5, types: types.csv}"
    path = volley.write(directory, "net.yaml", f"""
simulation: {{dt: 0.1, duration: 10.0}}
populations:
  A: {{model: iaf_psc_exp_multisynapse, size: 6, params: {{tau_syn: [1, 2]}}, {part}}}
  B: {{model: iaf_psc_exp_multisynapse, size: 6, params: {{tau_syn: [1, 2, 3]}}, {part}}}
""")
    done = volley.start(["check", path])
    assert done.returncode == 2, done
    assert "populations.B.part: another part of N has the model iaf_psc_exp_multisynapse" in done.stderr, done.stderr


if __name__ == "__main__":
    volley.main([test_any_number, test_current_of_a_receptor, test_messages, test_notes, test_parts])
