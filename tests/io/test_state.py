# SPDX-License-Identifier: BSD-3-Clause
"""Recorded states and rates: the files as an independent reader sees them, and their values against closed forms and
the spikes of the same run. tests/physics/test_neurons.py compares recorded states with NEST's."""
import json
import os
import h5py
import numpy
from support import volley

NETWORK = """
simulation: {dt: 0.1, duration: 100.0, seed: 3}
populations:
  E: {model: iaf_psc_exp, size: 50, init: {V_m: {uniform: {low: -70.0, high: -55.0}}}}
  I: {model: iaf_psc_alpha, size: 21}
  in: {model: spike_source, size: 1, params: {spike_times: [[0.0, 20.0, 60.0, 60.1]]}}
stimuli:
  noise: {model: poisson, target: [E, I], params: {rate: 9000.0, weight: 90.0, delay: 1.5}}
projections:
  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 5}, weight: 20.0, delay: 1.5}
"""


def open_data(directory, population, variable):
    """The table, its mapping, and the frame times they give."""
    with h5py.File(os.path.join(directory, f"state_{population}_{variable}.h5")) as file:
        group = file[f"report/{population}"]
        start, stop, step = group["mapping/time"][:]
        return group["data"][:], group["mapping/node_ids"][:], numpy.arange(start, stop - 1e-6, step)


def sonata(directory):
    """Types, attributes and shapes, of a subset from record.start on at an interval."""
    config = volley.write(directory, "sonata.yaml", NETWORK + """
record:
  start: 10.0
  state:
    - {population: E, variables: [V_m, I_syn_ex], interval: 0.7, neurons: {ids: [40, 3, 17]}, precision: float64}
    - {population: I, variables: [V_m]}
""")
    volley.run(config, directory, ranks=2)
    names = sorted(name for name in os.listdir(directory) if name.startswith("state"))
    assert names == ["state_E_I_syn_ex.h5", "state_E_V_m.h5", "state_I_V_m.h5"], names
    # population, variable, unit, ids, type, first frame, interval and frames in steps
    for population, variable, unit, ids, kind, first, interval, frames in (
            ("E", "V_m", "mV", [3, 17, 40], "<f8", 105, 7, 128),
            ("E", "I_syn_ex", "pA", [3, 17, 40], "<f8", 105, 7, 128),
            ("I", "V_m", "mV", list(range(21)), "<f4", 100, 1, 901)):
        with h5py.File(os.path.join(directory, f"state_{population}_{variable}.h5")) as file:
            assert file.attrs["magic"] == 0x0A7A and list(file.attrs["version"]) == [0, 1]
            assert file.attrs["seed"] == 3 and "record:" in file.attrs["config"]
            assert list(file) == ["report"] and list(file["report"]) == [population]
            data, mapping = file[f"report/{population}/data"], file[f"report/{population}/mapping"]
            assert data.dtype == numpy.dtype(kind) and data.shape == (frames, len(ids)), data
            assert data.attrs["units"] == unit and data.attrs["variable"] == variable
            assert numpy.isfinite(data[:]).all() and len(numpy.unique(data[:])) > 3
            types = {name: mapping[name].dtype.str for name in mapping}
            assert types == {"node_ids": "<u8", "index_pointers": "<u8", "index_pointer": "<u8", "element_ids": "<u4",
                             "element_pos": "<f4", "time": "<f8"}, types
            assert list(mapping["node_ids"]) == ids
            assert list(mapping["index_pointers"]) == list(range(len(ids) + 1))
            assert mapping["index_pointers"] == mapping["index_pointer"]  # one object with two names
            assert not mapping["element_ids"][:].any() and not mapping["element_pos"][:].any()
            assert len(mapping["element_ids"]) == len(mapping["element_pos"]) == len(ids)
            assert mapping["time"].attrs["units"] == "ms"
            assert list(mapping["time"]) == [first / 10, (first + frames * interval) / 10, interval / 10]


def decay(directory):
    """Without input V_m decays to E_L; the frame at 0 is the initial state; ranks may have no neuron."""
    start = [-75.0, -60.0, -58.5, -71.25, -65.0, -69.0, -56.0]
    config = volley.write(directory, "decay.yaml", f"""
simulation: {{dt: 0.1, duration: 50.0}}
populations:
  E: {{model: iaf_psc_exp, size: 7, params: {{tau_m: 12.5, E_L: -68.0}}, init: {{V_m: {{values: {start}}}}}}}
record: {{spikes: [], state: [{{population: E, variables: [V_m], precision: float64}}]}}
""")
    for ranks in (1, 4, 9):
        volley.run(config, directory, ranks=ranks)
        data, ids, times = open_data(directory, "E", "V_m")
        assert data.shape == (501, 7) and list(ids) == list(range(7)) and abs(times[-1] - 50.0) < 1e-9
        assert list(data[0]) == start
        exact = -68.0 + (numpy.array(start) + 68.0) * numpy.exp(-times[:, None] / 12.5)
        assert abs(data - exact).max() < 1e-12, abs(data - exact).max()


def reset(directory):
    """A frame shows the state after the reset of its own step: a spike stamped t has V_reset at t."""
    config = volley.write(directory, "reset.yaml", """
simulation: {dt: 0.1, duration: 60.0}
populations: {E: {model: iaf_psc_exp, size: 1, params: {I_e: 500.0, V_reset: -72.0, t_ref: 2.0}}}
record: {state: [{population: E, variables: [V_m], precision: float64}]}
""")
    volley.run(config, directory)
    data = open_data(directory, "E", "V_m")[0][:, 0]
    steps = [step for step, _ in volley.spikes(directory, "E")]
    assert len(steps) > 2
    for step in steps:
        assert data[step - 1] != -72.0 and (data[step:step + 21] == -72.0).all() and data[step + 21] != -72.0


def layouts(directory):
    """The same bytes on any layout, in more than one block: 3 variables x 1000 neurons x 801 frames x 8 bytes are more
    than the 16 MB that a rank keeps."""
    config = volley.write(directory, "layouts.yaml", """
simulation: {dt: 0.1, duration: 80.0, seed: 5}
populations:
  E: {model: iaf_psc_exp, size: 1000, init: {V_m: {uniform: {low: -70.0, high: -55.0}}}}
stimuli: {noise: {model: poisson, target: E, params: {rate: 9000.0, weight: 90.0, delay: 1.5}}}
projections:
  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 20}, weight: -20.0, delay: 1.5}
record:
  rates: {interval: 3.0}
  spikes: [{population: E, neurons: {every: 7}}]
  state:
    - {population: E, variables: [V_m, I_syn_ex, I_syn_in], precision: float64}
""")
    first = None
    for ranks, threads, sets in ((1, 1, []), (3, 1, []), (2, 2, ["partition.method=block"]),
                                 (2, 1, ["exchange.interval=min_delay"]), (4, 1, [])):
        # On 4 ranks as where Open MPI before 5.0.6 damages files.
        vulcan = {"OMPI_MCA_io_ompio_num_aggregators": "2", "OMPI_MCA_fcoll": "vulcan"} if ranks == 4 else {}
        volley.run(config, directory, ranks=ranks, threads=threads, sets=sets, environment=vulcan)
        found = {v: open_data(directory, "E", v)[0].tobytes() for v in ("V_m", "I_syn_ex", "I_syn_in")}
        found["spikes"] = volley.spikes(directory, "E")
        with h5py.File(os.path.join(directory, "rates.h5")) as file:
            found["rates"] = list(file["rates/E/rate"])
        assert first is None or found == first, (ranks, threads, [k for k in found if found[k] != first[k]])
        first = found
    subset = volley.start(["info", directory]).stdout.splitlines()[2].split()
    with open(os.path.join(directory, "run.json"), encoding="utf-8") as file:
        mean = json.load(file)["populations"]["E"]["rate_hz"]
    assert subset[0] == "E" and abs(float(subset[3]) / mean - 1) < 0.1, (subset, mean)  # of the recorded neurons
    assert {i % 7 for _, i in first["spikes"]} == {0} and len(first["rates"]) == 26
    single = volley.write(directory, "single.yaml", open(config, encoding="utf-8").read().replace(
        "precision: float64", "interval: 0.4, neurons: {range: [990, 1000]}"))
    volley.run(single, directory, ranks=3)
    data = numpy.frombuffer(first["V_m"]).reshape(801, 1000)
    some = open_data(directory, "E", "V_m")[0]
    assert some.dtype == numpy.float32 and numpy.array_equal(some, data[::4, 990:].astype(numpy.float32))


def rates(directory):
    """rates.h5 is the histogram of spikes.h5."""
    config = volley.write(directory, "rates.yaml", NETWORK + "record: {start: 20.0, rates: {interval: 15.0}}\n")
    volley.run(config, directory, ranks=3, threads=2)
    assert len(volley.spikes(directory, "E")) > 100
    with h5py.File(os.path.join(directory, "rates.h5")) as file:
        assert file.attrs["seed"] == 3 and sorted(file["rates"]) == ["E", "I", "in"]
        for name, size in (("E", 50), ("I", 21), ("in", 1)):
            group = file["rates"][name]
            assert group["rate"].attrs["units"] == "Hz" and group["time"].attrs["units"] == "ms"
            assert list(group["time"]) == [20.0, 35.0, 50.0, 65.0, 80.0] and group.attrs["interval_ms"] == 15.0
            steps = numpy.array([step for step, _ in volley.spikes(directory, name)])
            counts = [((steps > a) & (steps <= a + 150)).sum() for a in range(200, 950, 150)]
            assert sum(counts) > 0
            assert numpy.allclose(group["rate"], numpy.array(counts) / (size * 15e-3), rtol=1e-14, atol=0), name


def refused(directory):
    """Every mistake is named with its place; nothing is run."""
    for record, message in (
            ("{state: [{population: E, variables: [V_n]}]}",
             'record.state[0].variables[0]: unknown name: value "V_n"; allowed V_m, I_syn_ex, I_syn_in; '
             'did you mean "V_m"?'),
            ("{state: [{population: F, variables: [V_m]}]}", 'record.state[0].population: unknown name: value "F"'),
            ("{state: [{population: in, variables: [V_m]}]}",
             "record.state[0].population: a spike_source has no state: value in"),
            ("{state: [{population: E, variables: [V_m, V_m]}]}",
             "record.state[0].variables[1]: recorded twice: value V_m of E"),
            ("{state: [{population: E, variables: [V_m]}, {population: E, neurons: {first: 2}, variables: [V_m]}]}",
             "record.state[1].variables[0]: recorded twice: value V_m of E"),
            ("{state: [{population: E}]}", "record.state[0].variables: missing key"),
            ("{state: [{population: E, variables: [V_m], intervall: 1.0}]}",
             'record.state[0].intervall: unknown key; allowed'),
            ("{state: [{population: E, variables: [V_m], interval: 0.25}]}",
             "record.state[0].interval: not a multiple of dt: value 0.25"),
            ("{state: [{population: E, variables: [V_m], neurons: {first: 51}}]}",
             "record.state[0].neurons.first: out of range: value 51; allowed 1 to 50"),
            ("{state: [{population: E, variables: [V_m], precision: double}]}",
             'record.state[0].precision: unknown name: value "double"; allowed float32, float64'),
            ("{start: 90.0, state: [{population: E, variables: [V_m], interval: 60.0}]}",
             "record.state[0].interval: without a frame: value 60 ms; allowed intervals with a multiple from 90 to "
             "100 ms"),
            ("{rates: {interval: 100.1}}",
             "record.rates.interval: longer than what is recorded: value 100.1; allowed at most 100 ms"),
            ("{rates: {}}", "record.rates.interval: missing key"),
            ("{spikes: [E, {population: E, neurons: {first: 3}}]}",
             "record.spikes[1]: recorded twice: value E; allowed one item a population")):
        config = volley.write(directory, "refused.yaml", NETWORK + f"record: {record}\n")
        done = volley.start(["check", config])
        assert done.returncode == 2 and message in done.stderr, (record, done.stderr)
        assert f"refused.yaml:{NETWORK.count(chr(10)) + 1}: " in done.stderr, done.stderr


def scaled(directory):
    """Subsets are those of the network that is simulated, and so are checked after scaling."""
    config = volley.write(directory, "scaled.yaml", """
simulation: {duration: 10.0}
scale: {neurons: 0.5}
populations: {E: {model: iaf_psc_delta, size: 40, init: {V_m: -60.0}}}
record: {state: [{population: E, variables: [V_m], neurons: {range: [15, 20]}}]}
""")
    volley.run(config, directory)
    data, ids, _ = open_data(directory, "E", "V_m")
    assert list(ids) == [15, 16, 17, 18, 19] and (data[0] == -60.0).all() and len(data) == 101
    more = "record.state=[{population: E, variables: [V_m], neurons: {first: 21}}]"
    done = volley.start(["check", config, "--set", more])
    assert done.returncode == 2 and "out of range: value 21; allowed 1 to 20" in done.stderr, done.stderr


if __name__ == "__main__":
    volley.main([sonata, decay, reset, layouts, rates, refused, scaled])
