# SPDX-License-Identifier: BSD-3-Clause
"""What a mistake in a config is answered with: one table of every class of mistake.

Each row is refused with exit code 2 before anything is built, on stderr only, with one line per problem: where
(file:line or the --set), the key, the value, what is allowed, and the nearest name. `test_messages.py --table VOLLEY`
prints the table as markdown, with the answers of that program."""
import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import volley  # noqa: E402 (found by the line above)

# Rows add lines to one of these; their first line is then line 5, 7 and 7.
BASE = """simulation: {dt: 0.1, duration: 100}
populations:
  E: {model: iaf_psc_exp, size: 80}
  I: {model: iaf_psc_alpha, size: 20}
"""
STIMULUS = BASE + "stimuli:\n  S:\n"
PROJECTION = BASE + "projections:\n  P:\n"
WHOLE = PROJECTION + """    source: E
    target: I
    connect: {rule: fixed_indegree, indegree: 10}
    weight: 2
    delay: 1.5
"""


def simulation(text):
    return BASE.replace("{dt: 0.1, duration: 100}", text)


def population(text):
    return BASE.replace("  I: {model: iaf_psc_alpha, size: 20}", f"  I: {text}")


def poisson(text, model="poisson", target="E"):
    return STIMULUS + f"    model: {model}\n    target: {target}\n    {text}\n"


def projection(source="E", target="I", connect="{rule: fixed_indegree, indegree: 10}", weight="2", delay="1.5",
               more="weight_precision: float64"):
    return PROJECTION + (f"    source: {source}\n    target: {target}\n    connect: {connect}\n    weight: {weight}\n"
                         f"    delay: {delay}\n    {more}\n")


def conductances(weight, first="weight: -3.0", more=""):
    """Two projections into a conductance-based population; `more` comes before them."""
    connect = "connect: {rule: fixed_indegree, indegree: 10}, delay: 1.5"
    return (BASE.replace("iaf_psc_alpha", "iaf_cond_exp") + more + "projections:\n" +
            f"  P: {{source: E, target: I, {connect}, {first}}}\n" +
            f"  Q: {{source: E, target: I, {connect}, {weight}}}\n")


def record(text):
    return BASE + f"record: {text}\n"


class Row:
    """what: in words. text: the config net.yaml. answer: for each line of the answer, what it must hold."""

    def __init__(self, what, text, *answer, sets=(), files=None):
        self.what, self.text, self.sets, self.files = what, text, list(sets), files or {}
        self.answer = [part if isinstance(part, (list, tuple)) else [part] for part in answer]


def placed(positions="{uniform: {extent: [1, 1]}}", connect=None, other="{uniform: {extent: [1, 1]}}", delay="1.5", weight="2"):
    """A projection between populations with positions, in lines 3, 4 and 9."""
    connect = connect or "{rule: spatial_bernoulli, p: 0.5, kernel: {gaussian: {sigma: 0.1}}}"
    text = projection(connect=connect, delay=delay, weight=weight)
    return text.replace("size: 80}", f"size: 80, positions: {positions}}}").replace("size: 20}", f"size: 20, positions: {other}}}")


def rows():
    return (syntax() + names() + values() + networks() + recording() + files() + scaling() + commands() + space())


def space():
    wraps = "{uniform: {extent: [1, 1], edge_wrap: true}}"
    return [
        Row("a kernel without positions", projection(connect="{rule: spatial_bernoulli, p: 0.5, kernel: {disc: {radius: 1}}}"),
            "net.yaml:9: projections.P.connect.kernel: needs populations.E.positions"),
        Row("a kernel with positions on one side", placed(other="null"),
            "net.yaml:9: projections.P.connect.kernel: needs populations.I.positions"),
        Row("a rule without its kernel", placed(connect="{rule: spatial_bernoulli, p: 0.5}"),
            "net.yaml:9: projections.P.connect.kernel: missing key"),
        Row("a kernel for another rule", placed(connect="{rule: bernoulli, p: 0.5, kernel: {disc: {radius: 1}}}"),
            ("net.yaml:9: projections.P.connect.kernel: unknown key", "allowed rule, autapses, p")),
        Row("an unknown kernel", placed(connect="{rule: spatial_bernoulli, p: 1, kernel: {gausian: null}}"),
            ("net.yaml:9: projections.P.connect.kernel.gausian: unknown key", 'did you mean "gaussian"?')),
        Row("two kernels", placed(connect="{rule: spatial_bernoulli, p: 1, kernel: {gaussian: {sigma: 1}, disc: {radius: 1}}}"),
            ("net.yaml:9: projections.P.connect.kernel: must be one of gaussian, exponential, disc", "2 keys")),
        Row("a kernel of no width", placed(connect="{rule: spatial_bernoulli, p: 1, kernel: {exponential: {tau: 0}}}"),
            ("net.yaml:9: projections.P.connect.kernel.exponential.tau: out of range", "value 0", "allowed 1e-09 to 1000000000 mm")),
        Row("populations of different dimensions", placed(other="{uniform: {extent: [1, 1, 1]}}"),
            "net.yaml:9: projections.P.connect.kernel: needs populations that agree: E and I differ in dimensions"),
        Row("edges that touch in one population only", placed(other=wraps),
            "net.yaml:9: projections.P.connect.kernel: needs populations that agree: E and I differ in edge_wrap"),
        Row("edges that touch elsewhere", placed(wraps, other=wraps.replace("[1, 1]", "[1, 2]")),
            "net.yaml:9: projections.P.connect.kernel: needs populations that agree: E and I differ in extent or center"),
        Row("a grid of other places", placed("{grid: {shape: [4, 5], extent: [1, 1]}}"),
            ("net.yaml:3: populations.E.positions.grid.shape: other places than neurons", "value 20 places", "allowed 80")),
        Row("an extent of other axes", placed("{grid: {shape: [8, 10], extent: [1]}}"),
            ("net.yaml:3: populations.E.positions.grid.extent: must be a list of 2 numbers", "one for each axis")),
        Row("a box of no size", placed("{uniform: {extent: [0, 1]}}"),
            ("net.yaml:3: populations.E.positions.uniform.extent[0]: out of range", "value 0", "mm")),
        Row("four axes", placed("{uniform: {extent: [1, 1, 1, 1]}}"),
            ("net.yaml:3: populations.E.positions.uniform.extent: must be a list of 1 to 3 numbers")),
        Row("positions of no kind", placed("{unifrm: {extent: [1, 1]}}"),
            ("net.yaml:3: populations.E.positions.unifrm: unknown key", 'did you mean "uniform"?')),
        Row("positions in a file of another length", placed("{file: cells.csv}"),
            ("net.yaml:3: populations.E.positions.file: wrong length", "value 2 positions", "allowed 80"),
            files={"cells.csv": "x,y\n1,2\n3,4\n"}),
        Row("positions in a file without a column", placed("{file: cells.csv}"),
            ("net.yaml:3: populations.E.positions.file: ", "cells.csv", "y"), files={"cells.csv": "x,z\n" + "1,2\n" * 80}),
        Row("positions outside of the box", placed("{file: cells.csv, extent: [1, 1]}"),
            ("net.yaml:3: populations.E.positions.extent: neurons lie outside along axis 1", "value 2 to 2 mm", "allowed -0.5 to 0.5"),
            files={"cells.csv": "x,y\n" + "0,2\n" * 80}),
        Row("a file whose edges touch without an extent", placed("{file: cells.csv, edge_wrap: true}"),
            "net.yaml:3: populations.E.positions.edge_wrap: needs extent", files={"cells.csv": "x,y\n" + "0,2\n" * 80}),
        Row("a delay by distance that can be 0", placed(delay="{linear: {offset: 0, slope: 1}}"),
            ("net.yaml:11: projections.P.delay: a delay can round to 0 steps", "down to 0 ms", "at least 0.05 ms")),
        Row("a delay by distance that can be too long", placed(delay="{linear: {offset: 1, slope: 10000}}"),
            ("net.yaml:11: projections.P.delay: a delay can be too long", "up to 8574", "65535 steps")),
        Row("a delay by distance without distances", projection(delay="{linear: {offset: 1, slope: 1}}"),
            "net.yaml:11: projections.P.delay.linear: needs populations.E.positions"),
        Row("weights by distance of both signs", placed(weight="{linear: {offset: 1, slope: -3}}"),
            ("net.yaml:10: projections.P.weight: weights can have both signs", "from -1.57")),
        Row("a parameter by distance", population("{model: iaf_psc_exp, size: 20, params: {tau_m: {linear: {offset: 1, slope: 1}}}}"),
            "net.yaml:4: populations.I.params.tau_m.linear: is possible for the weight and delay of a projection only"),
        Row("a scaled grid", placed("{grid: {shape: [8, 10], extent: [1, 1]}}"),
            ("net.yaml:3: populations.E.positions: only uniform positions can be scaled", "value scale.neurons 0.5"),
            sets=["scale.neurons=0.5"]),
        Row("scaled in-degrees at edges", placed().replace("size: 80,", "size: 80, expected_rate: 5,"),
            ("net.yaml:9: projections.P.connect.kernel: in-degrees near an edge cannot be scaled", "value scale.indegrees 0.5"),
            sets=["scale.indegrees=0.5"]),
    ]


def syntax():
    return [
        Row("a bracket is not closed", "a: [1, 2\n", ("net.yaml:2: YAML: ", "closing bracket", "column")),
        Row("a tab indents", "simulation:\n\tdt: 0.1\n", ("net.yaml:2: YAML: ", "column")),
        Row("an empty file", "", "net.yaml: is empty"),
        Row("a list instead of a mapping", "- 1\n", ("net.yaml: ", "holds no config", "allowed a mapping")),
        Row("two documents in one file", BASE + "---\na: 1\n", "net.yaml:4: more than one YAML document"),
        Row("the same key twice", BASE + "record: {start: 1}\nrecord: {start: 2}\n",
            ("net.yaml:6: duplicate key", 'value "record"', "first in line 5")),
        Row("the same population twice", BASE.replace("  I:", "  E:"),
            ("net.yaml:4: duplicate key", 'value "E"', "first in line 3")),
        Row("an alias without its anchor", BASE.replace("{dt", "&time {dt") + "record: *tim\n",
            ("net.yaml:5: unknown anchor", "value *tim", 'did you mean "time"?')),
        Row("an anchor that contains itself", "a: &x\n  b: *x\nsimulation: 3\n",
            ("net.yaml:2: ", "anchor contain itself")),
        Row("a merge key with a number", population("{<<: 3, model: iaf_psc_exp, size: 1}"),
            ("net.yaml:4: ", "merge key", "takes a mapping", "value 3")),
        Row("a wrong value behind an alias", population("{model: iaf_psc_exp, size: *n}").replace(
            "size: 80", "size: &n -80"),
            ("net.yaml:3: populations.E.size", "value -80"),
            ("net.yaml:4: populations.I.size", "value -80", "allowed at least 1", "anchor in line 3")),
        Row("a wrong value inside what an alias stands for",
            population("{model: iaf_psc_alpha, size: 20, params: *p}").replace(
                "size: 80", "size: 80, params: &p\n    {taum: 3}"),
            ("net.yaml:4: populations.E.params.taum: unknown key", 'did you mean "tau_m"?'),
            ("net.yaml:4: populations.I.params.taum: unknown key", 'did you mean "tau_m"?', "used in line 5")),
        Row("a wrong value that a merge key brings", population("{<<: *e, model: iaf_psc_alpha}").replace(
            "E: {model: iaf_psc_exp, size: 80}", "E: &e\n    model: iaf_psc_exp\n    size: 0"),
            ("net.yaml:5: populations.E.size", "value 0"),
            ("net.yaml:5: populations.I.size", "value 0", "used in line 6")),
    ]


def names():
    return [
        Row("an unknown section", BASE + "stimulus: {}\n",
            ("net.yaml:5: stimulus: unknown key", "allowed include, simulation", 'did you mean "stimuli"?')),
        Row("an unknown key", simulation("{dt: 0.1, duraton: 100, duration: 100}"),
            ("net.yaml:1: simulation.duraton: unknown key", "allowed dt, duration, seed, threads",
             'did you mean "duration"?')),
        Row("an unknown parameter", population("{model: iaf_psc_exp, size: 20, params: {tau_sin_ex: 1}}"),
            ("net.yaml:4: populations.I.params.tau_sin_ex: unknown key", 'did you mean "tau_syn_ex"?')),
        Row("a parameter of another model", population("{model: iaf_psc_delta, size: 2, params: {tau_syn_ex: 1}}"),
            ("net.yaml:4: populations.I.params.tau_syn_ex: unknown key", "allowed tau_m, C_m")),
        Row("an unknown initial state", population("{model: iaf_psc_exp, size: 20, init: {Vm: -60}}"),
            ("net.yaml:4: populations.I.init.Vm: unknown key", "allowed V_m, I_syn_ex, I_syn_in",
             'did you mean "V_m"?')),
        Row("an unknown neuron model", population("{model: iaf_psc_epx, size: 20}"),
            ("net.yaml:4: populations.I.model: unknown name", 'value "iaf_psc_epx"', 'did you mean "iaf_psc_exp"?')),
        Row("a schedule of rates without values", poisson("params: {rate_times: [0]}", "inhomogeneous_poisson"),
            ("net.yaml:9: stimuli.S.params.rate_values: missing key",)),
        Row("a schedule of rates that does not ascend",
            poisson("params: {rate_times: [5, 5], rate_values: [1, 2]}", "inhomogeneous_poisson"),
            ("net.yaml:9: stimuli.S.params.rate_times[1]: times must ascend", "value 5", "allowed above 5 ms")),
        Row("a schedule with fewer values than times",
            poisson("params: {amplitude_times: [0, 5], amplitude_values: [1]}", "step_current"),
            ("net.yaml:9: stimuli.S.params.amplitude_values: must be a list with one number for each time", "value 1", "allowed 2")),
        Row("a negative rate in a schedule",
            poisson("params: {rate_times: [0], rate_values: [-1]}", "inhomogeneous_poisson"),
            ("net.yaml:9: stimuli.S.params.rate_values[0]: out of range", "value -1 Hz", "allowed at least 0 Hz")),
        Row("a sine wave with too many spikes in a step",
            poisson("params: {rate: 9.0e+7, amplitude: 9.0e+7}", "sinusoidal_poisson"),
            ("net.yaml:9: stimuli.S.params.rate: out of range", "value 180000000 Hz at its highest", "allowed at most 100000000 Hz")),
        Row("an unknown stimulus", poisson("params: {}", model="poison"),
            ("net.yaml:7: stimuli.S.model: unknown name", 'value "poison"', 'did you mean "poisson"?')),
        Row("an unknown parameter of a stimulus", poisson("params: {rat: 5}"),
            ("net.yaml:9: stimuli.S.params.rat: unknown key", "allowed rate, weight, delay", 'did you mean "rate"?')),
        Row("an unknown connection rule", projection(connect="{rule: fixed_indgree, indegree: 10}"),
            ("net.yaml:9: projections.P.connect.rule: unknown name", 'value "fixed_indgree"',
             'did you mean "fixed_indegree"?')),
        Row("a parameter of another rule", projection(connect="{rule: bernoulli, p: 0.1, indegree: 10}"),
            ("net.yaml:9: projections.P.connect.indegree: unknown key", "allowed rule, autapses, p")),
        Row("an unknown distribution", projection(weight="{gauss: {mean: 1}}"),
            ("net.yaml:10: projections.P.weight.gauss: unknown key", "allowed normal, lognormal, uniform, values")),
        Row("a source population that does not exist", projection(source="Ex"),
            ("net.yaml:7: projections.P.source: unknown name", 'value "Ex"', "allowed E, I", 'did you mean "E"?')),
        Row("a target of a stimulus that does not exist", poisson("params: {}", target="[E, X]"),
            ("net.yaml:8: stimuli.S.target[1]: unknown name", 'value "X"', "allowed E, I")),
        Row("an unknown partition method", BASE + "partition: {method: balancd}\n",
            ("net.yaml:5: partition.method: unknown name", 'value "balancd"', "allowed block, round_robin, balanced",
             'did you mean "balanced"?')),
        Row("a partition file without a path", BASE + "partition: {method: file}\n",
            ("net.yaml:5: partition.file: missing key",)),
        Row("a partition file beside another method", BASE + "partition: {method: block, file: parts}\n",
            ("net.yaml:5: partition.file: is a key of the method file", "the method is block")),
        Row("a graph beside another partition", BASE + "partition: {method: block, graph: neurons}\n",
            ("net.yaml:5: partition.graph: is a key of the method scotch", "the method is block")),
        Row("an unknown exchange method", BASE + "exchange: {method: alltoall}\n",
            ("net.yaml:5: exchange.method: unknown name", 'value "alltoall"', "allowed allgather, neighbour, auto")),
        Row("an unknown receptor", projection(more="receptor: inh"),
            ("net.yaml:12: projections.P.receptor: unknown name", 'value "inh"', 'did you mean "inhibitory"?')),
        Row("an unknown precision of weights", projection(more="weight_precision: double"),
            ("net.yaml:12: projections.P.weight_precision: unknown name", 'value "double"',
             "allowed float32, float64")),
        Row("a name with a character that files cannot hold", BASE + "  a/b: {model: iaf_psc_exp, size: 1}\n",
            ("net.yaml:5: populations.a/b: bad name", 'value "a/b"', "allowed letters, digits, _ and -")),
        Row("a missing section", "simulation: {duration: 1}\n", "net.yaml:1: populations: missing key"),
        Row("no population", "simulation: {duration: 1}\npopulations: {}\n",
            ("net.yaml:2: populations: ", "at least one population")),
        Row("a missing duration", simulation("{dt: 0.1}"), "net.yaml:1: simulation.duration: missing key"),
        Row("a population without a size", population("{model: iaf_psc_exp}"),
            "net.yaml:4: populations.I.size: missing key"),
        Row("a stimulus without a target", STIMULUS + "    model: dc\n", "net.yaml:6: stimuli.S.target: missing key"),
        Row("a projection without weight and delay", "".join(WHOLE.splitlines(True)[:-2]),
            "net.yaml:6: projections.P.weight: missing key", "net.yaml:6: projections.P.delay: missing key"),
        Row("a rule without its number", projection(connect="{rule: fixed_indegree}"),
            "net.yaml:9: projections.P.connect.indegree: missing key"),
    ]


def values():
    return [
        Row("a text instead of a number", simulation("{dt: 0.1, duration: long}"),
            ("net.yaml:1: simulation.duration: must be a finite number", "value long")),
        Row("a quoted number", population('{model: iaf_psc_exp, size: 20, params: {C_m: "250"}}'),
            ("net.yaml:4: populations.I.params.C_m: must be a finite number", 'value "250"')),
        Row("a number with its unit", population("{model: iaf_psc_exp, size: 20, params: {tau_m: 10 ms}}"),
            ("net.yaml:4: populations.I.params.tau_m: must be a finite number", "value 10 ms")),
        Row("a list instead of a number", simulation("{dt: [0.1], duration: 100}"),
            ("net.yaml:1: simulation.dt: must be a finite number", "value is a list")),
        Row("a number instead of a mapping", "simulation: 3\n" + BASE.split("\n", 1)[1],
            ("net.yaml:1: simulation: must be a mapping", "value 3")),
        Row("a list instead of a name", population("{model: [iaf_psc_exp], size: 20}"),
            ("net.yaml:4: populations.I.model: must be a name", "value is a list", "allowed iaf_psc_exp")),
        Row("a size that is not whole", population("{model: iaf_psc_exp, size: 2.5}"),
            ("net.yaml:4: populations.I.size: must be a whole number", "value 2.5")),
        Row("a negative size", population("{model: iaf_psc_exp, size: -1}"),
            ("net.yaml:4: populations.I.size: out of range", "value -1", "allowed at least 1")),
        Row("neither true nor false", projection(connect="{rule: bernoulli, p: 0.1, autapses: no}"),
            ("net.yaml:9: projections.P.connect.autapses: must be true or false", "value no")),
        Row("infinity", population("{model: iaf_psc_exp, size: 20, params: {C_m: .inf}}"),
            ("net.yaml:4: populations.I.params.C_m: must be a finite number", "value .inf")),
        Row("a negative seed", simulation("{duration: 100, seed: -1}"),
            ("net.yaml:1: simulation.seed: must be a whole number from 0 to 18446744073709551615", "value -1")),
        Row("no threads", simulation("{duration: 100, threads: 0}"),
            ("net.yaml:1: simulation.threads: out of range", "value 0", "allowed 1 to 65536")),
        Row("a time step of 0", simulation("{dt: 0, duration: 100}"),
            ("net.yaml:1: simulation.dt: out of range", "value 0", "allowed 1e-06 to 1000 ms")),
        Row("a duration of 0", simulation("{dt: 0.1, duration: 0}"),
            ("net.yaml:1: simulation.duration: out of range", "value 0", "allowed at least 0.1 ms")),
        Row("a duration off the grid", simulation("{dt: 0.1, duration: 100.05}"),
            ("net.yaml:1: simulation.duration: not a multiple of dt", "value 100.05", "allowed multiples of 0.1 ms")),
        Row("a time constant of 0", population("{model: iaf_psc_exp, size: 20, params: {tau_m: 0}}"),
            ("net.yaml:4: populations.I.params.tau_m: out of range", "value 0 ms", "allowed at least 0.001")),
        Row("parameters that contradict each other",
            population("{model: iaf_psc_exp, size: 20, params: {V_reset: -40}}"),
            ("net.yaml:4: populations.I.params: V_reset (-40 mV) must be below V_th (-55 mV)")),
        Row("one neuron whose parameters contradict each other",
            population("{model: iaf_psc_exp, size: 2, params: {V_th: {values: [-50, -75]}}}"),
            ("net.yaml:4: populations.I.params: neuron 1: V_reset (-70 mV) must be below V_th (-75 mV)")),
        Row("a drawn parameter that can leave its range",
            population("{model: iaf_psc_exp, size: 20, params: {tau_m: {normal: {mean: 10, std: 1}}}}"),
            ("net.yaml:4: populations.I.params.tau_m: out of range", "value from -inf to inf ms",
             "allowed at least 0.001", "give min or max")),
        Row("a drawn E_L without a start", population(
            "{model: iaf_psc_exp, size: 20, params: {E_L: {uniform: {low: -70, high: -60}}}}"),
            ("net.yaml:4: populations.I.params.E_L: ", "needs init.V_m")),
        Row("a list of values of another length",
            population("{model: iaf_psc_exp, size: 3, init: {V_m: {values: [-60, -61]}}}"),
            ("net.yaml:4: populations.I.init.V_m.values: wrong length", "value 2 numbers", "allowed 3")),
        Row("values that are no list", population("{model: iaf_psc_exp, size: 3, init: {V_m: {values: -60}}}"),
            ("net.yaml:4: populations.I.init.V_m.values: must be a list of numbers", "value -60")),
        Row("two distributions at once", projection(weight="{normal: {mean: 1, std: 0}, uniform: {low: 1, high: 2}}"),
            ("net.yaml:10: projections.P.weight: must be one number or one of normal", "value has 2 keys")),
        Row("a uniform distribution upside down", projection(weight="{uniform: {low: 2, high: 1}}"),
            ("net.yaml:10: projections.P.weight.uniform: low must be below high", "value low 2, high 1")),
        Row("a negative standard deviation", projection(weight="{normal: {mean: 1, std: -1, min: 0}}"),
            ("net.yaml:10: projections.P.weight.normal.std: out of range", "value -1", "allowed at least 0")),
        Row("bounds that refuse most draws", projection(weight="{normal: {mean: 0, std: 1, min: 2}}"),
            ("net.yaml:10: projections.P.weight.normal: min and max leave too little", "value 0.0228",
             "allowed at least 0.2")),
        Row("spike times off the grid",
            population("{model: spike_source, size: 1, params: {spike_times: [[1, 1.25]]}}"),
            ("net.yaml:4: populations.I.params.spike_times[0][1]: not a multiple of dt", "value 1.25",
             "allowed multiples of 0.1 ms")),
        Row("spike times that do not ascend",
            population("{model: spike_source, size: 1, params: {spike_times: [[3, 2]]}}"),
            ("net.yaml:4: populations.I.params.spike_times[0][1]: times must ascend", "value 2", "allowed above 3 ms")),
        Row("negative spike times", population("{model: spike_source, size: 1, params: {spike_times: [[-3]]}}"),
            ("net.yaml:4: populations.I.params.spike_times[0][0]: out of range", "value -3", "allowed at least 0 ms")),
        Row("more trains than neurons",
            population("{model: spike_source, size: 1, params: {spike_times: [[1], [2]]}}"),
            ("net.yaml:4: populations.I.params.spike_times: more lists than neurons", "value 2", "allowed at most 1")),
    ]


def networks():
    return [
        Row("a stimulus that starts off the grid", poisson("start: 0.25"),
            ("net.yaml:9: stimuli.S.start: not a multiple of dt", "value 0.25", "allowed multiples of 0.1 ms")),
        Row("a stimulus that stops off the grid", poisson("stop: 10.01"),
            ("net.yaml:9: stimuli.S.stop: not a multiple of dt", "value 10.01", "allowed multiples of 0.1 ms")),
        Row("a stimulus that stops before it starts", poisson("start: 50\n    stop: 20"),
            ("net.yaml:10: stimuli.S.stop: not after start", "value 20", "allowed above 50 ms")),
        Row("a negative start", poisson("start: -5"),
            ("net.yaml:9: stimuli.S.start: out of range", "value -5", "allowed at least 0 ms")),
        Row("a negative rate", poisson("params: {rate: -5}"),
            ("net.yaml:9: stimuli.S.params.rate: out of range", "value -5", "allowed at least 0 Hz")),
        Row("a rate beyond what a step can hold", poisson("params: {rate: 1e12}"),
            ("net.yaml:9: stimuli.S.params.rate: out of range", "value 1e+12 Hz", "allowed at most")),
        Row("a stimulus into a spike_source", population("{model: spike_source, size: 1}") +
            "stimuli: {S: {model: dc, target: I}}\n",
            ("net.yaml:5: stimuli.S.target: a spike_source takes no input", "value I")),
        Row("the same target twice", poisson("params: {}", target="[E, {population: E, neurons: {first: 3}}]"),
            ("net.yaml:8: stimuli.S.target[1]: targets overlap", "value E")),
        Row("a delay of 0", projection(delay="0"),
            ("net.yaml:11: projections.P.delay: ", "0 steps", "value", "0 ms", "allowed at least 0.05 ms")),
        Row("a drawn delay that can fall below a step", projection(delay="{normal: {mean: 1.5, std: 0.7}}"),
            ("net.yaml:11: projections.P.delay: ", "below one step", "give min", "allowed at least 0.05 ms")),
        Row("a delay that is too long", projection(delay="7000"),
            ("net.yaml:11: projections.P.delay: ", "too long", "7000 ms", "allowed at most 6553.5 ms (65535 steps)")),
        Row("a weight into a model that counts spikes", population("{model: parrot_neuron, size: 20}") +
            "stimuli: {S: {model: poisson, target: I, params: {weight: 87.8}}}\n",
            ("net.yaml:5: stimuli.S.params.weight: the parrot_neuron I counts spikes", "value 87.8", "allowed 1")),
        Row("a current into a model that counts spikes", population("{model: parrot_neuron, size: 20}") +
            "stimuli: {S: {model: dc, target: I}}\n",
            ("net.yaml:5: stimuli.S.target: a parrot_neuron takes no current", "value I")),
        Row("weights of both signs", projection(weight="{normal: {mean: 1, std: 1}}"),
            ("net.yaml:10: projections.P.weight: weights can have both signs", "value from -inf to inf",
             "allowed all of one sign: give min: 0 or max: 0")),
        Row("weights of both signs into a fixed receptor",
            projection(weight="{uniform: {low: -1, high: 1}}", more="receptor: excitatory"),
            ("net.yaml:10: projections.P.weight: weights can have both signs", "value from -1 to 1",
             "allowed all of one sign")),
        Row("weights of both signs into one conductance", conductances("weight: 2.0, receptor: inhibitory"),
            ("net.yaml:7: projections.Q: weights from 2 to 2 enter the inhibitory conductance of I together with "
             "those of projections.P from -3 to -3", "allowed one sign in all of them")),
        Row("a stimulus and a projection of other sign into one conductance",
            conductances("weight: 2.0, receptor: inhibitory", first="weight: 3.0",
                         more="stimuli: {S: {model: poisson, target: I, params: {weight: -1}}}\n"),
            ("net.yaml:8: projections.Q: weights from 2 to 2 enter", "those of stimuli.S from -1 to -1")),
        Row("learning that can turn the sign into a conductance",
            conductances("weight: 2.0, plasticity: {rule: stdp_window}"),
            ("net.yaml:7: projections.Q: weights can change sign: value from -inf to inf",
             "into the excitatory conductance of I", "w_min: 0 or w_max: 0")),
        Row("a list of weights where the number of synapses is random", projection(weight="{values: [1, 2]}"),
            ("net.yaml:10: projections.P.weight.values: ", "not possible here",
             "allowed a number, normal, lognormal, uniform")),
        Row("a subset beyond its population", projection(source="{population: E, neurons: {first: 81}}"),
            ("net.yaml:7: projections.P.source.neurons.first: out of range", "value 81", "allowed 1 to 80")),
        Row("a subset with a neuron that does not exist", projection(source="{population: E, neurons: {ids: [3, 80]}}"),
            ("net.yaml:7: projections.P.source.neurons.ids[1]: out of range", "value 80", "allowed 0 to 79")),
        Row("a subset with a neuron twice", projection(source="{population: E, neurons: {ids: [3, 3]}}"),
            ("net.yaml:7: projections.P.source.neurons.ids: the same neuron twice", "value 3")),
        Row("an empty range", projection(source="{population: E, neurons: {range: [5, 5]}}"),
            ("net.yaml:7: projections.P.source.neurons.range[1]: out of range", "value 5", "allowed 6 to 80")),
        Row("a subset in two ways", projection(source="{population: E, neurons: {first: 3, every: 2}}"),
            ("net.yaml:7: projections.P.source.neurons: must be one of first, ids, range, every", "value has 2 keys")),
        Row("one_to_one of different sizes", projection(connect="{rule: one_to_one}"),
            ("net.yaml:9: projections.P.connect: one_to_one needs equal sizes", "80 sources and 20 targets")),
        Row("more in-edges than sources", projection(connect="{rule: fixed_indegree, indegree: 90, multapses: false}"),
            ("net.yaml:9: projections.P.connect: indegree 90 needs more than the 80 sources", "multapses: false")),
        Row("a probability above 1", projection(connect="{rule: bernoulli, p: 1.5}"),
            ("net.yaml:9: projections.P.connect.p: out of range", "value 1.5", "allowed 0 to 1")),
        Row("a rule with two numbers without its second", projection(connect="{rule: small_world, indegree: 4}"),
            "net.yaml:9: projections.P.connect.rewiring: missing key"),
        Row("the second number of a rule out of range", projection(connect="{rule: small_world, indegree: 4, rewiring: 1.5}"),
            ("net.yaml:9: projections.P.connect.rewiring:", "value 1.5", "allowed 0 to 1")),
        Row("a number of another rule", projection(connect="{rule: small_world, indegree: 4, rewiring: 0.5, rewirin: 0.5}"),
            ("net.yaml:9: projections.P.connect.rewirin: unknown key", 'did you mean "rewiring"?')),
        Row("a ring without enough sources", projection(connect="{rule: small_world, indegree: 80, rewiring: 0.5}"),
            ("net.yaml:9: projections.P.connect: indegree 80 needs", "value 80 sources", "allowed at least 81")),
        Row("a rule that cannot refuse multapses",
            projection(connect="{rule: fixed_total, number: 7, multapses: false}"),
            ("net.yaml:9: projections.P.connect.multapses: fixed_total cannot refuse multapses", "value false",
             "allowed true")),
        Row("exchange less often than the smallest delay", WHOLE + "exchange: {interval: 16}\n",
            ("net.yaml:12: exchange.interval: longer than the smallest delay", "value 16", "allowed 1 to 15 steps")),
        Row("an exchange interval in words", BASE + "exchange: {interval: often}\n",
            ("net.yaml:5: exchange.interval: bad interval", 'value "often"',
             "allowed step, min_delay, a whole number")),
        Row("a checkpoint off the grid", BASE + "checkpoint: {interval: 0.25}\n",
            ("net.yaml:5: checkpoint.interval: not a multiple of dt", "value 0.25", "multiples of 0.1 ms")),
        Row("no checkpoint to keep", BASE + "checkpoint: {keep: 0}\n",
            ("net.yaml:5: checkpoint.keep: out of range", "value 0")),
        Row("a negative limit", BASE + "limits: {max_rate: -5}\n",
            ("net.yaml:5: limits.max_rate: out of range", "value -5", "allowed 1e-06 to 1000000 Hz")),
        Row("a wait that is too short", BASE + "limits: {max_wait: 0.5}\n",
            ("net.yaml:5: limits.max_wait: out of range", "value 0.5", "allowed 1 to 1000000000 s")),
    ]


def recording():
    return [
        Row("spikes of a population that does not exist", record("{spikes: [E, X]}"),
            ("net.yaml:5: record.spikes[1]: unknown name", 'value "X"', "allowed E, I")),
        Row("spikes of a population twice", record("{spikes: [E, E]}"),
            ("net.yaml:5: record.spikes[1]: recorded twice", "value E")),
        Row("recording that starts at the end", record("{start: 100}"),
            ("net.yaml:5: record.start: not inside the duration", "value 100", "allowed below 100 ms")),
        Row("recording that starts off the grid", record("{start: 0.25}"),
            ("net.yaml:5: record.start: not a multiple of dt", "value 0.25", "allowed multiples of 0.1 ms")),
        Row("an unknown variable", record("{state: [{population: E, variables: [V_n]}]}"),
            ("net.yaml:5: record.state[0].variables[0]: unknown name", 'value "V_n"',
             "allowed V_m, I_syn_ex, I_syn_in", 'did you mean "V_m"?')),
        Row("states of a population that does not exist", record("{state: [{population: X, variables: [V_m]}]}"),
            ("net.yaml:5: record.state[0].population: unknown name", 'value "X"', "allowed E, I")),
        Row("an interval of states off the grid",
            record("{state: [{population: E, variables: [V_m], interval: 0.25}]}"),
            ("net.yaml:5: record.state[0].interval: not a multiple of dt", "value 0.25",
             "allowed multiples of 0.1 ms")),
        Row("states that are no list", record("{state: {population: E}}"),
            ("net.yaml:5: record.state: must be a list", "value is a mapping")),
        Row("bins longer than the recording", record("{rates: {interval: 200}}"),
            ("net.yaml:5: record.rates.interval: longer than what is recorded", "value 200",
             "allowed at most 100 ms")),
    ]


def files():
    return [
        Row("an include that does not exist", "include: none.yaml\n" + BASE,
            ("net.yaml:1: include: none.yaml: cannot be opened", "No such file")),
        Row("files that include each other", "include: a.yaml\n" + BASE,
            ("a.yaml:1: include: files include each other", "net.yaml -> a.yaml -> net.yaml"),
            files={"a.yaml": "include: net.yaml\n"}),
        Row("a mistake in an included file", "include: a.yaml\n" + BASE,
            ("a.yaml:2: populations.F.size: out of range", "value 0", "allowed at least 1"),
            files={"a.yaml": "populations:\n  F: {model: iaf_psc_exp, size: 0}\n"}),
        Row("an include that is not a path", "include: {a: 1}\n" + BASE,
            ("net.yaml:1: include: must be a path or a list of paths", "value is a mapping")),
    ]


def scaling():
    scaled = WHOLE.replace("size: 80}", "size: 80, expected_rate: 5}")
    return [
        Row("scaled in-degrees without expected_rate", WHOLE,
            ("net.yaml:7: projections.P.source: ", "scale.indegrees", "needs populations.E.expected_rate",
             "value scale.indegrees 0.5"),
            sets=["scale.indegrees=0.5"]),
        Row("a probability above 1 by scaling", projection(connect="{rule: bernoulli, p: 0.9}"),
            ("net.yaml:9: projections.P.connect.p: scaled out of range", "value 1.8", "allowed at most 1"),
            sets=["scale.neurons=0.5"]),
        Row("a subset of a scaled population", projection(source="{population: E, neurons: {first: 4}}"),
            ("net.yaml:7: projections.P.source: a subset cannot be scaled", "value scale.neurons 0.5",
             "allowed whole populations"), sets=["scale.neurons=0.5"]),
        Row("a scaled spike_source", population("{model: spike_source, size: 4}"),
            ("net.yaml:4: populations.I: a spike_source cannot be scaled", "value scale.neurons 0.5", "allowed 1"),
            sets=["scale.neurons=0.5"]),
        Row("a list of values that is scaled",
            population("{model: iaf_psc_exp, size: 2, init: {V_m: {values: [-60, -61]}}}"),
            ("net.yaml:4: populations.I: lists of values cannot be scaled", "value scale.neurons 0.5", "allowed 1"),
            sets=["scale.neurons=0.5"]),
        Row("a scale of 0", scaled + "scale: {neurons: 0}\n",
            ("net.yaml:12: scale.neurons: out of range", "value 0", "allowed 1e-06 to 1000000")),
        Row("a stimulus of a part of the run with scaled in-degrees", poisson("start: 5\n    params: {rate: 5}"),
            ("net.yaml:6: stimuli.S: ", "needs a stimulus of the whole run", "value start 5 ms", "leave out start"),
            sets=["scale.indegrees=0.5"]),
    ]


def commands():
    return [
        Row("--set with a wrong value", BASE,
            ("--set populations.E.size=0: populations.E.size: out of range", "value 0", "allowed at least 1"),
            sets=["populations.E.size=0"]),
        Row("--set of an unknown key", BASE,
            ("--set simulation.duraton=5: simulation.duraton: unknown key", 'did you mean "duration"?'),
            sets=["simulation.duraton=5"]),
        Row("--set without a value", BASE, ("--set duration: must be KEY=VALUE", "simulation.duration=2000"),
            sets=["duration"]),
        Row("--set below a number", BASE, ('--set simulation.dt.x=1: "dt" is not a mapping'),
            sets=["simulation.dt.x=1"]),
        Row("--set with broken YAML", BASE, ("--set record.start=[1: YAML: ", "closing bracket"),
            sets=["record.start=[1"]),
        Row("--set of an include", BASE,
            ("--set include=a.yaml: include: ", "cannot be included from the command line"),
            sets=["include=a.yaml"]),
        Row("several mistakes at once", simulation("{dt: 0.1, duration: 100, sed: 3}") + "record: {spikes: [X]}\n" +
            "limits: {max_rate: 0}\n",
            ("net.yaml:1: simulation.sed: unknown key", 'did you mean "seed"?'),
            ("net.yaml:5: record.spikes[0]: unknown name", 'value "X"'),
            ("net.yaml:6: limits.max_rate: out of range", "value 0"),
            ("--set populations.I.size=x: populations.I.size: must be a whole number", "value x"),
            sets=["populations.I.size=x"]),
    ]


def arguments(row):
    return [word for text in row.sets for word in ("--set", text)]


def prepare(row):
    """Writes the files of a row into the current directory."""
    volley.write(".", "net.yaml", row.text)
    for name, text in row.files.items():
        volley.write(".", name, text)


def answer_of(done):
    """The lines of the one message; None when stderr is something else."""
    text = done.stderr
    return text[len("volley: "):].rstrip("\n").split("\n") if text.startswith("volley: ") else None


def wrong_in(row, done):
    """What is not as the row says, in words, or None."""
    if done.returncode != 2 or done.stdout != "":
        return f"exit code {done.returncode}, stdout {done.stdout[:100]!r}, stderr {done.stderr!r}"
    lines = answer_of(done)
    if lines is None or len(lines) != len(row.answer):
        return f"{len(row.answer)} lines expected:\n{done.stderr}"
    for line, parts in zip(lines, row.answer):
        if not line.startswith(parts[0]):
            return f"{line}\ndoes not begin with\n{parts[0]}"
        for part in parts:
            if part not in line:
                return f"{line}\nlacks\n{part}"
    return None


def test_every_row(directory):
    os.chdir(directory)
    wrong = []
    for row in rows():
        prepare(row)
        problem = wrong_in(row, volley.start(["check", "net.yaml", *arguments(row)]))
        if problem:
            wrong.append(f"{row.what}: {problem}")
    assert not wrong, f"{len(wrong)} of {len(rows())} rows:\n" + "\n\n".join(wrong)
    assert len({row.what for row in rows()}) == len(rows())
    print(f"{len(rows())} mistakes answered")


def test_on_three_ranks(directory):
    """The same answer, once, from `volley run` under mpirun; nothing is left behind."""
    os.chdir(directory)
    some = ("a bracket is not closed", "an unknown neuron model", "files that include each other", "a delay of 0",
            "several mistakes at once", "--set of an unknown key")
    chosen = [row for row in rows() if row.what in some]
    assert len(chosen) == len(some)
    for row in chosen:
        prepare(row)
        alone = volley.start(["check", "net.yaml", *arguments(row)])
        done = volley.start(["run", "net.yaml", "-o", "out", *arguments(row)], ranks=3)
        assert done.returncode == 2, f"{row.what}: exit code {done.returncode}:\n{done.stderr}"
        message = [line for line in done.stderr.split("\n") if re.match(r"volley: |net\.yaml|a\.yaml|--set ", line)]
        assert message == alone.stderr.rstrip("\n").split("\n"), f"{row.what}:\n{done.stderr}"
        assert not os.path.exists("out"), row.what


def print_answers():
    table = []
    with tempfile.TemporaryDirectory() as directory:
        os.chdir(directory)
        for row in rows():
            prepare(row)
            done = volley.start(["check", "net.yaml", *arguments(row)])
            table.append((row.what, done.returncode, answer_of(done) or done.stderr))
        os.chdir("/")
    volley.print_table(("mistake in the config", "exit code", "answer"), table)


if __name__ == "__main__":
    if volley.TABLE:
        print_answers()
    else:
        volley.main([test_every_row, test_on_three_ranks])
