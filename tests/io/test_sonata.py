# SPDX-License-Identifier: BSD-3-Clause
"""SONATA networks as input: each quirk of real files, against the same network expanded with numpy; the published
network of 300 point neurons against its known number of spikes; and what is refused."""
import json
import os
import shutil

import h5py
import numpy as np
from support import sonata, volley

EXAMPLE = os.path.join(volley.SOURCE, "..", "shared", "sonata_example", "300_pointneurons")

QUIRKS = {
    "sorted, index as bmtk writes it": {"index": ("indices", "node_id_to_range", 0)},
    "old spelling of the index": {"index": ("indicies", "node_id_to_ranges", -1), "legacy": True},
    "unsorted, with an index of many ranges": {"sorted": False, "index": ("indices", "node_id_to_ranges", 0)},
    "no index, unsorted, rows permuted, compressed": {"sorted": False, "permuted": True, "compressed": True,
                                                      "group": 2, "fixed_strings": True},
    "weights and delays of types alone": {"weight": False, "delay": False, "seconds": True,
                                          "index": ("indices", "node_id_to_ranges", 0)},
    "multiplicity": {"nsyns": True, "permuted": True, "index": ("indices", "node_id_to_range", 0)},
    "weights of types, multiplicity of edges": {"weight": False, "nsyns": True, "sorted": False},
    "parameters of nodes, of edges in dynamics_params": {"own": True, "in_params": True, "node_ids": False},
}


LAYOUTS = ((1, ()), (2, ()), (3, ("partition.method=round_robin",)), (4, ("partition.method=block",)))


def network(directory, name, quirks, seed=1):
    place = os.path.join(directory, name)
    os.makedirs(place)
    path, text, about = sonata.make(place, quirks, seed)
    return path, volley.write(place, "reference.yaml", text), about


def seed_without_repeats(directory, quirks):
    """Lists in YAML cannot hold two spikes of a neuron in one step."""
    for seed in range(1, 100):
        place = os.path.join(directory, "try")
        shutil.rmtree(place, ignore_errors=True)
        os.makedirs(place)
        if sonata.make(place, quirks, seed)[2]["repeats"] == 0:
            return seed
    raise AssertionError("no seed")


def test_quirks(directory):
    for number, (name, quirks) in enumerate(QUIRKS.items()):
        seed = seed_without_repeats(directory, quirks)
        path, reference, about = network(directory, str(number), quirks, seed)
        expected = volley.run(reference, os.path.join(directory, "expected"))
        assert expected["populations"]["cells"]["spikes"] > 100, expected["populations"]
        for ranks, sets in LAYOUTS[number % 2::2]:
            found = volley.run(path, os.path.join(directory, "found"), ranks=ranks, sets=sets, threads=1 + ranks % 2)
            for key in ("connection_hash", "spike_hash", "network"):
                assert found[key] == expected[key], (name, ranks, key, found[key], expected[key])
        check_reports(os.path.join(directory, "found"), reference, about, directory)


def check_reports(found, reference, about, directory):
    """The frames of the reports are those of a run of the reference that records all neurons."""
    with open(reference, encoding="utf-8") as file:
        text = file.read().replace("record: {", "record: {state: [{population: cells, variables: [V_m]}], ")
    whole = os.path.join(directory, "whole")
    volley.run(volley.write(directory, "whole.yaml", text), whole)
    with h5py.File(os.path.join(whole, "state_cells_V_m.h5")) as file:
        data = file["report/cells/data"][:]
    for name, nodes, rows in zip(("by_type", "late_v"), sonata.sets_of(about),
                                 (range(0, sonata.STEPS + 1, 5), range(100, 200))):
        with h5py.File(os.path.join(found, f"{name}.h5")) as file:
            report = file["report/cells"]
            assert list(report["mapping/node_ids"]) == list(nodes), name
            assert np.array_equal(report["data"][:], data[list(rows)][:, nodes]), name
            start, stop, step = report["mapping/time"]
            assert np.allclose([start, stop, step], [rows[0] / 10, (rows[-1] + rows.step) / 10, rows.step / 10])
    with h5py.File(os.path.join(found, "all_spikes.h5")) as file:
        assert list(file["spikes"]) == ["cells"]


def test_repeats(directory):
    """Sources may fire twice in a step: as with twice the weight."""
    quirks = {"weight": False, "delay": False}
    path, reference, about = network(directory, "once", quirks, seed_without_repeats(directory, quirks))
    with h5py.File(os.path.join(directory, "once", "spikes.h5"), "r+") as file:
        group = file["spikes/input"]
        ids, times = np.repeat(group["node_ids"][:], 2), np.repeat(group["timestamps"][:], 2)
        del group["node_ids"], group["timestamps"]
        group["node_ids"], group["timestamps"] = ids, times
    with open(reference, encoding="utf-8") as file:
        lines = file.read().split("\n")
    for number, line in enumerate(lines):
        if line.startswith("  input_to_cells"):
            at = next(i for i in range(number, len(lines)) if lines[i].startswith("    weight: "))
            weights = about["edges"]["input_to_cells"]["weight"]
            chosen = weights[(weights < 0) == ("_in:" in line)]
            lines[at] = f"    weight: {{values: {[2 * float(w) for w in chosen]}}}"
    expected = volley.run(volley.write(directory, "twice.yaml", "\n".join(lines)), os.path.join(directory, "a"))
    for ranks in (1, 3):
        found = volley.run(path, os.path.join(directory, "b"), ranks=ranks)
        assert found["populations"]["cells"] == expected["populations"]["cells"]
        assert found["populations"]["input"]["spikes"] == 2 * expected["populations"]["input"]["spikes"]


def test_plastic_type(directory):
    """NEST's stdp_synapse among the edge types, and a YAML file that includes the circuit."""
    path, reference, about = network(directory, "net", {"weight": False, "delay": False, "legacy": True})
    place = os.path.dirname(path)
    types = os.path.join(place, "edge_types.csv")
    with open(types, encoding="utf-8") as file:
        text = file.read()
    with open(types, "w", encoding="utf-8") as file:
        file.write("\n".join(line.replace("static_synapse e102", "nest:stdp_synapse e102")
                             for line in text.split("\n")))
    with open(os.path.join(place, "models", "e102.json"), "w", encoding="utf-8") as file:
        json.dump({"weight": 450.0, "lambda": 0.02, "alpha": 1.1, "Wmax": 900.0}, file)
    edge = about["edges"]["cells_to_cells"]
    chosen = np.flatnonzero(edge["type"] == 102)
    pairs = [[int(edge["source"][i]), int(edge["target"][i])] for i in chosen]
    found = volley.run(path, os.path.join(directory, "a"), ranks=2)
    assert found["network"]["plastic_synapses"] == sum(sum(e["type"] == 102) for e in about["edges"].values())
    text = f"""include: {place}/simulation.json
projections:
  cells_to_cells_102:
    connect: null
    weight: 450.0
    delay: 1.0
    plasticity: {{rule: stdp, preset: nest, params: {{lambda: 0.02, alpha: 1.1, w_max: 900.0}}}}
"""
    text = text.replace("connect: null", f"connect: {{rule: list, edges: {pairs}, file: null, population: null, "
                                         "types: null, models: null, edge_types: null}")
    included = volley.run(volley.write(directory, "own.yaml", text), os.path.join(directory, "b"))
    for key in volley.HASHES:
        assert found[key] == included[key], key
    more = text + "stimuli: {extra: {model: poisson, target: cells, params: {rate: 2000.0, weight: 100.0}}}\n"
    driven = volley.run(volley.write(directory, "driven.yaml", more), os.path.join(directory, "c"))
    assert driven["connection_hash"] == found["connection_hash"] and driven["spike_hash"] != found["spike_hash"]


def test_settings(directory):
    """SONATA's keys and volley's by --set, the output directory, overwriting, and what has no effect."""
    path, _, _ = network(directory, "net", {})
    output = os.path.join(directory, "net", "output")
    done = volley.start(["run", path, "--threads", 1, "--set", "run.tstop=12.0", "--set", "simulation.seed=7",
                         "--progress", "off"])
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("keys without effect") == 1 and "novelty, run.nsteps_block, run.speed" in done.stderr, done.stderr
    with open(os.path.join(output, "run.json"), encoding="utf-8") as file:
        run = json.load(file)
    assert run["simulated_ms"] == 12.0 and run["seed"] == 7
    again = volley.start(["run", path, "-q"])
    assert again.returncode == 2 and "holds results" in again.stderr
    again = volley.start(["run", path, "-q", "--set", "run.tstop=12.0", "--set", "output.overwrite_output_dir=true"])
    assert again.returncode == 0, again.stderr
    both = volley.write(directory, "config.json", '{"network": "net/circuit.json", "simulation": "net/simulation.json"}')
    assert volley.start(["check", both]).returncode == 0
    os.remove(os.path.join(directory, "net", "node_sets.json"))
    done = volley.start(["check", path])
    assert done.returncode == 2 and "unknown node set: value clamped" in done.stderr, done.stderr


def change(path, keys, value, null=False):
    """Sets (None: removes, unless null) a key of a JSON file."""
    with open(path, encoding="utf-8") as file:
        content = json.load(file)
    place = content
    for key in keys[:-1]:
        place = place[key]
    if value is None and not null:
        del place[keys[-1]]
    else:
        place[keys[-1]] = value
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file)


def rewrite(path, name, values):
    with h5py.File(path, "r+") as file:
        attributes = dict(file[name].attrs)
        del file[name]
        file[name] = values
        file[name].attrs.update(attributes)


def unwritten(path, name, n):
    """A dataset that says it has n items, none of which is in the file."""
    with h5py.File(path, "r+") as file:
        attributes, kind = dict(file[name].attrs), file[name].dtype
        del file[name]
        file.create_dataset(name, (n,), kind).attrs.update(attributes)


def elsewhere(path, name):
    """The items of a dataset by way of another file."""
    with h5py.File(path, "r+") as file:
        attributes, n, kind = dict(file[name].attrs), len(file[name]), file[name].dtype
        del file[name]
        layout = h5py.VirtualLayout((n,), kind)
        layout[:] = h5py.VirtualSource("other.h5", "x", (n,))
        file.create_virtual_dataset(name, layout).attrs.update(attributes)


def packed(path, name):
    """A dataset by the filter that h5py has of its own."""
    with h5py.File(path, "r+") as file:
        values = np.full(len(file[name]), 7, file[name].dtype)  # alike: others may be left as they are
        del file[name]
        file.create_dataset(name, data=values, compression="lzf")


def twice(path):
    """The index gives the edges of one target to another one too."""
    with h5py.File(path, "r+") as file:
        index = file["edges/cells_to_cells/indices/target_to_source"]
        ranges = index["range_to_edge_id"][:]
        ranges[1] = ranges[0]
        index["range_to_edge_id"][:] = ranges


def test_types_of_nobody(directory):
    """Types that no node and no edge has may name files that are not there; virtual nodes need no parameters."""
    path, _, about = network(directory, "net", {"weight": False, "delay": False})
    place = os.path.dirname(path)
    expected = volley.run(path, os.path.join(directory, "expected"))
    with open(os.path.join(place, "cell_types.csv"), "a", encoding="utf-8") as file:
        file.write("77 unused absent.json NULL nest:iaf_psc_alpha point_process NaN\n")
    with open(os.path.join(place, "edge_types.csv"), "a", encoding="utf-8") as file:
        file.write("777 x NONE NULL static_synapse absent.json\n")
    volley.write(place, "input_types.csv", "model_type node_type_id model_template dynamics_params\nvirtual 3 NONE absent.json\n")
    found = volley.run(path, os.path.join(directory, "found"), ranks=2)
    assert [found[key] for key in volley.HASHES] == [expected[key] for key in volley.HASHES]
    # an edge that has the type needs the file
    with h5py.File(os.path.join(place, "edges.h5"), "r+") as file:
        file["edges/cells_to_cells/edge_type_id"][17] = 777
    done = volley.start(["run", path, "-q", "-o", os.path.join(directory, "refused")], ranks=2)
    assert done.returncode == 2 and "absent.json" in done.stderr and done.stderr.count("volley: ") == 1, done.stderr


def test_refused(directory):
    """One message with the place, exit code 2 on all ranks, and no result directory."""
    quirks = {"index": ("indices", "node_id_to_ranges", 0)}
    edges, nodes = "edges.h5", "nodes.h5"
    with_index = "edges/cells_to_cells/indices/target_to_source/node_id_to_ranges"
    cases = {
        "no edges file": (lambda d: os.remove(d + edges), "edges_file: ", "edges.h5"),
        "no types file": (lambda d: os.remove(d + "cell_types.csv"), "cell_types.csv: cannot be opened"),
        "no model file": (lambda d: os.remove(d + "models/8.json"), "8.json"),
        "no circuit": (lambda d: os.remove(d + "circuit.json"), "simulation.json:", "network: ", "circuit.json"),
        "short dataset": (lambda d: rewrite(d + edges, "edges/cells_to_cells/target_node_id", np.zeros(899, "u8")),
                          "dataset target_node_id has 899 items; allowed 900"),
        "short attribute": (lambda d: rewrite(d + edges, "edges/cells_to_cells/0/syn_weight", np.ones(10)),
                            "dataset syn_weight has 10 rows"),
        "node that is not there": (lambda d: rewrite(d + edges, "edges/cells_to_cells/source_node_id",
                                                     np.full(900, 53, "u8")),
                                   "source out of range: value 53; allowed"),
        "no such type": (lambda d: rewrite(d + edges, "edges/cells_to_cells/edge_type_id", np.full(900, 5, "u4")),
                         "edges.h5: edge 0 has type 5, which is not in"),
        "nan": (lambda d: rewrite(d + edges, "edges/cells_to_cells/0/syn_weight", np.full(900, np.nan)),
                "dataset syn_weight: row 0 is not a finite number"),
        "index without edges": (lambda d: rewrite(d + edges, with_index, np.zeros((53, 2), "u8")),
                                "0 edges are in the index of targets"),
        "index beyond the edges": (lambda d: rewrite(
            d + edges, "edges/cells_to_cells/indices/target_to_source/range_to_edge_id",
            np.full((40, 2), (0, 9999), "u8")), "range_to_edge_id: edge 9999; there are 900"),
        "targets share ranges": (lambda d: rewrite(d + edges, with_index, np.full((53, 2), (0, 3), "u8")),
                                 "indices/target_to_source: targets share ranges"),
        "an edge in two ranges": (lambda d: twice(d + edges), "range_to_edge_id: edge 0 is in two ranges"),
        "negative ids": (lambda d: rewrite(d + edges, "edges/cells_to_cells/source_node_id", np.full(900, -1, "i8")),
                         "/edges/cells_to_cells/source_node_id' in", "edges.h5 holds numbers that are negative"),
        "fractions of ids": (lambda d: rewrite(d + edges, "edges/cells_to_cells/target_node_id", np.full(900, 0.5)),
                             "/edges/cells_to_cells/target_node_id' in", "fractions"),
        "never written": (lambda d: unwritten(d + nodes, "nodes/input/node_type_id", 1 << 40),
                          "'node_type_id' in", "nodes.h5 has more items than a file of this size can hold"),
        "in another file": (lambda d: elsewhere(d + nodes, "nodes/cells/node_type_id"),
                            "keeps its values in other files"),
        "node ids": (lambda d: rewrite(d + nodes, "nodes/cells/node_id", np.arange(1, 54, dtype="u8")),
                     "node_id: row 0 holds 1"),
        "node type": (lambda d: rewrite(d + nodes, "nodes/cells/node_type_id", np.full(53, 77, "u8")),
                      "node 0 of cells has type 77"),
        "no HDF5": (lambda d: volley.write(d, nodes, "text"), "nodes.h5"),
        "unknown model": (lambda d: volley.write(d, "cell_types.csv", "node_type_id model_template model_type\n"
                                                 "7 nest:iaf_psc_alfa point_neuron\n8 nest:iaf_psc_alpha a\n9 NULL b\n"),
                          "type 7 of cells: unknown model: value iaf_psc_alfa", 'did you mean "iaf_psc_alpha"'),
        "unknown parameter": (lambda d: volley.write(d + "models", "8.json", '{"tau_n": 3.0}'),
                              "iaf_psc_alpha has no parameter tau_n", 'did you mean "tau_m"'),
        "open quote": (lambda d: volley.write(d, "edge_types.csv", 'edge_type_id a\n100 "b\n'),
                       "edge_types.csv:2: a quote is not closed"),
        "few cells": (lambda d: volley.write(d, "edge_types.csv", "edge_type_id a\n100\n"),
                      "edge_types.csv:2: too few cells: value 1; allowed 2"),
        "synapse": (lambda d: volley.write(d, "edge_types.csv", "edge_type_id model_template\n100 magic_synapse\n"),
                    "unknown synapse: value magic_synapse"),
        "variable": (lambda d: change(d + "circuit.json", ["networks", "nodes", 0, "nodes_file"], "$NOWHERE/a.h5"),
                     "circuit.json:", "unknown variable: value $NOWHERE/a.h5"),
        "loop": (lambda d: change(d + "circuit.json", ["manifest", "$BASE"], "$NETWORK"), "refer to each other"),
        "node set": (lambda d: change(d + "simulation.json", ["reports", "late", "cells"], "sevenths"),
                     "unknown node set: value sevenths"),
        "node set in itself": (lambda d: volley.write(d, "node_sets.json",
                                                     '{"a": ["b"], "b": ["c", "a"], "c": ["cells"]}') and
                               change(d + "simulation.json", ["reports", "late", "cells"], "a"),
                               "b[1]: a node set that is part of itself: value a"),
        "no tstop": (lambda d: change(d + "simulation.json", ["run", "tstop"], None), "run.tstop: missing key"),
        "operator": (lambda d: change(d + "node_sets.json", ["near", "x"], {"$lte": 3, "$gte_": 1}),
                     "$gte_: unknown operator: value $gte_", 'did you mean "$gte"'),
        "operator of a population": (lambda d: change(d + "node_sets.json", ["near", "population"], {"$like": "c"}),
                                     "unknown operator: value $like"),
        "limit in words": (lambda d: change(d + "node_sets.json", ["near", "x"], {"$lt": "ten"}),
                           "must be a number: value ten"),
        "pattern": (lambda d: change(d + "node_sets.json", ["near", "model_template"], {"$regex": "a["}),
                    "must be a regular expression (POSIX, extended): value a["),
        "input of nobody": (lambda d: change(d + "simulation.json", ["inputs", "trains", "node_set"],
                                             {"population": {"$regex": "^nobody"}}), "the node set is empty"),
        "spikes in another folder": (lambda d: change(d + "simulation.json", ["output", "spikes_file"], "$OUT/a/b.h5"),
                                     "output.spikes_file: is not in output_dir: value output/a/b.h5"),
        "a report in another folder": (lambda d: change(d + "simulation.json", ["reports", "late", "file_name"], "/a.h5"),
                                       "reports.late.file_name: is not in output_dir: value /a.h5"),
        "lzf": (lambda d: packed(d + nodes, "nodes/cells/node_type_id"),
                "packed by the filter lzf (number 32000)", 'compression="gzip"'),
        "tstart": (lambda d: change(d + "simulation.json", ["run", "tstart"], 10.0), "run.tstart: runs begin at 0"),
        "input": (lambda d: change(d + "simulation.json", ["inputs", "clamp", "module"], "noise"),
                  "unknown input: value current_clamp by noise"),
        "spikes of cells": (lambda d: change(d + "simulation.json", ["inputs", "trains", "node_set"], "cells"),
                            "spikes are those of whole virtual populations: value cells"),
        "spike of no neuron": (lambda d: rewrite(d + "spikes.h5", "spikes/input/node_ids", np.full(300, 20, "u8")),
                               "spikes.h5: spike 0 is one of neuron 20"),
    }
    original = os.path.join(directory, "net")
    network(directory, "net", quirks)
    wrong = []
    for ranks in (None, 3):
        for name, (damage, *texts) in cases.items():
            place = os.path.join(directory, "broken")
            shutil.rmtree(place, ignore_errors=True)
            shutil.copytree(original, place)
            damage(place + "/")
            done = volley.start(["run", os.path.join(place, "simulation.json"), "-q"], ranks=ranks)
            good = done.returncode == 2 and done.stderr.count("volley: ") == 1
            if not good or not all(text in done.stderr for text in texts):
                wrong.append((name, ranks, done.returncode, texts, done.stderr[:1000]))
            assert not os.path.exists(os.path.join(place, "output", "run.json")), name
        cases = {name: cases[name] for name in ("no edges file", "nan", "index without edges", "node set")}
    assert not wrong, "\n".join(map(str, wrong))


def test_sets_within_sets(directory):
    """Sets that name the next one twice: 2^60 ways through them, and the cells once."""
    path, *_ = network(directory, "net", {"weight": False, "delay": False})
    place = os.path.dirname(path)
    with open(os.path.join(place, "node_sets.json"), encoding="utf-8") as file:
        sets = json.load(file)
    sets.update({f"s{i}": [f"s{i + 1}", f"s{i + 1}"] for i in range(60)}, s60=["cells"])
    volley.write(place, "node_sets.json", json.dumps(sets))
    change(path, ["reports", "late", "cells"], "s0")
    done = volley.start(["check", path])
    assert done.returncode == 0, done.stderr


def test_spellings(directory):
    """What other writers leave out, spell in another way, or add: the same network, spikes and states."""
    path, _, about = network(directory, "net", {"weight": False, "delay": False})
    place = os.path.dirname(path)
    expected = volley.run(path, os.path.join(directory, "expected"))
    with h5py.File(os.path.join(place, "spikes.h5")) as file:
        ids, times = file["spikes/input/node_ids"][:], file["spikes/input/timestamps"][:]
    with h5py.File(os.path.join(place, "spikes.nwb"), "w") as file:  # as bmtk reads it, with two trials
        for trial, used in (("trial_0", times[:2]), ("trial_1", times)):
            for node in range(sonata.INPUTS):
                file[f"processing/{trial}/spike_train/{node}/data"] = used[ids[:len(used)] == node]
    rows = list(zip(times, ids))
    texts = {
        "spaces.csv": "timestamps population node_ids\n" + "".join(f"{t} input {i}\n" for t, i in rows) + "1.0 other 77\n",
        "commas.csv": "population,node_id,time_ms\n" + "".join(f"input,{i},{t}\n" for t, i in rows),
        "bare.csv": "".join(f"{t} {i}\n" for t, i in rows),
        "lists.csv": "gid spike-times\n" + "".join(
            f"{n} {','.join(map(str, times[ids == n]))}\n" for n in range(sonata.INPUTS) if np.any(ids == n))}
    for name, text in texts.items():
        volley.write(place, name, text)
    with h5py.File(os.path.join(place, "two.h5"), "w") as file:
        for name, chosen in (("input", slice(None)), ("other", slice(0, 3))):
            file[f"spikes/{name}/node_ids"], file[f"spikes/{name}/timestamps"] = ids[chosen], times[chosen]
    trains, reports = ("inputs", "trains"), ("reports", "by_type")
    circuit, simulation = os.path.join(place, "circuit.json"), path
    sevens = [int(i) for i in np.flatnonzero(about["types"] == 7)]
    cases = {
        "nested variables": [(circuit, ("manifest",), {"$BASE": "${configdir}", "$A": "$BASE/../net", "$B": "${A}/.",
                                                       "$NETWORK": "$B", "$MODELS": "${NETWORK}/models", "$UNUSED": "$B/x"})],
        "components without directories": [(circuit, ("components",), {
            "point_neuron_models_dir": "$MODELS", "synaptic_models_dir": "$MODELS", "morphologies_dir": "$BASE/nowhere",
            "mechanisms_dir": "nor/here", "biophysical_neuron_models_dir": None, "templates_dir": "."})],
        "run": [(simulation, ("run", "spike_threshold"), -15), (simulation, ("run", "overwrite_output_dir"), True)],
        "nwb": [(simulation, trains, {"input_type": "spikes", "module": "nwb", "input_file": "spikes.nwb",
                                      "node_set": "input", "trial": "trial_1"})],
        "two populations": [(simulation, (*trains, "input_file"), "two.h5")],
        "replay": [(simulation, (*trains, "module"), "replay"), (simulation, (*trains, "input_type"), "replay")],
        "a pattern of populations": [(os.path.join(place, "node_sets.json"), ("sevens",),
                                      {"population": {"$regex": "^cell"}, "node_type_id": 7})],
        "files in the output directory": [(simulation, ("output", "spikes_file"), "$OUT/all_spikes.h5"),
                                          (simulation, (*reports, "file_name"), "${OUT}/by_type.h5")],
        "cells as a list": [(simulation, (*reports, "cells"), sevens)],
        "cells as a mapping": [(simulation, (*reports, "cells"), {"population": "cells", "node_type_id": 7})],
        "cells as a list of names": [(simulation, (*reports, "cells"), ["sevens"])],
        "ids without a population": [(os.path.join(place, "node_sets.json"), ("sevens",), {"node_id": sevens})],
        "reports of others": [(simulation, (*reports, "sections"), "soma"),
                              (simulation, ("reports", "ecp"), {"module": "extracellular", "cells": "all"}),
                              (simulation, ("reports", "gone"), {"module": "netcon_report", "variable_name": "syn_weight"})],
        **{name: [(simulation, (*trains, "module"), "csv"), (simulation, (*trains, "input_file"), name)] for name in texts}}
    originals = {file: open(file, encoding="utf-8").read() for file in (circuit, simulation, os.path.join(place, "node_sets.json"))}
    with h5py.File(os.path.join(directory, "expected", "by_type.h5")) as file:
        states = file["report/cells/data"][:]
    out = os.path.join(directory, "found")
    for number, (name, changes) in enumerate(cases.items()):
        for file, keys, value in changes:
            change(file, keys, value)
        found = volley.run(path, out, ranks=2 if number % 4 == 0 else None)
        assert [found[key] for key in volley.HASHES] == [expected[key] for key in volley.HASHES], name
        with h5py.File(os.path.join(out, "by_type.h5")) as file:
            assert list(file["report/cells/mapping/node_ids"]) == sevens, name
            assert np.array_equal(file["report/cells/data"], states), name
        for file, text in originals.items():
            volley.write(directory, file, text)
    done = volley.start(["check", path, "--set", "run.spike_threshold=-15"])
    assert done.returncode == 0 and "run.nsteps_block, run.speed, run.spike_threshold" in done.stdout + done.stderr, done
    # without types of edges: weights of the file, NEST's delay
    with h5py.File(os.path.join(place, "edges.h5"), "r+") as file:
        for group in file["edges"].values():
            group["0/syn_weight"] = np.full(len(group["edge_type_id"]), 300.0)
    volley.write(place, "same.csv", "edge_type_id syn_weight delay\n" + "".join(f"{t} 1.0 1.0\n" for t in sonata.EDGE_TYPES))
    change(circuit, ("networks", "edges", 0, "edge_types_file"), "same.csv")
    with_types = volley.run(path, out)
    change(circuit, ("networks", "edges", 0, "edge_types_file"), None, null=True)
    without = volley.run(path, out, ranks=2)
    assert [without[key] for key in volley.HASHES] == [with_types[key] for key in volley.HASHES]
    for file, text, message in (("spaces.csv", "a b\n1.0 2\n", "spaces.csv:1: names of columns"),
                                ("bare.csv", "1.0 2\nx 3\n", "bare.csv:2: is not a time: x"),
                                ("spikes.nwb", None, "has 2 trials; give trial")):
        if text:
            volley.write(place, file, text)
        change(simulation, (*trains, "input_file"), file)
        done = volley.start(["check", path])
        assert done.returncode == 2 and message in done.stderr, (file, done.stderr)


def test_published(directory):
    """300 point neurons of the Allen Institute: NEST's own test asks for these numbers."""
    path = os.path.join(EXAMPLE, "simulation_config.json")
    if not os.path.exists(path):
        print("skipped: no", EXAMPLE)
        return
    hashes = set()
    for ranks in (1, 2, 3, 4):
        found = volley.run(path, os.path.join(directory, "out"), ranks=ranks, threads=1 + (ranks == 2))
        assert found["network"]["synapses"] == 48432, found["network"]
        assert found["populations"]["internal"]["spikes"] == 18828, found["populations"]
        hashes.add((found["spike_hash"], found["connection_hash"]))
    assert len(hashes) == 1
    with h5py.File(os.path.join(directory, "out", "membrane_potential.h5")) as file:
        report = file["report/internal"]
        assert list(report["mapping/node_ids"]) == [0, 80, 160, 240, 270]
        assert report["data"].shape == (150001, 5) and np.all(report["data"][0] == -70.0)


def test_removed(directory):
    """Projections without edges go when lists are read; notes are at those that stay."""
    sonata.make(directory, {})
    with h5py.File(os.path.join(directory, "edges.h5"), "r+") as file:
        weights = []
        file["edges/cells_to_cells"].visititems(lambda name, item: weights.append(item) if name.endswith("syn_weight") else None)
        for item in weights:
            item[...] = np.abs(item[...])
        assert weights
    path = volley.write(directory, "removed.yaml", f"""
simulation: {{dt: 0.1, duration: 10.0}}
populations: {{cells: {{model: iaf_psc_exp, size: {sonata.CELLS}}}, X: {{model: iaf_psc_exp, size: 10}}}}
projections:
  gone: {{source: cells, target: cells, connect: {{rule: list, file: edges.h5, population: cells_to_cells, weights: negative}},
         delay: 1.0}}
  loud: {{source: X, target: X, connect: {{rule: all_to_all}}, weight: 1.0, delay: 1.0}}
  faint: {{source: X, target: X, connect: {{rule: all_to_all}}, weight: 1.0e-9, delay: 1.0}}
""")
    done = volley.start(["check", path])
    assert done.returncode == 0 and "projections.faint.weight: 1e-09 is very small" in done.stderr + done.stdout, done
    assert "  gone" not in done.stdout, done.stdout


volley.main([test_quirks, test_repeats, test_plastic_type, test_settings, test_spellings, test_types_of_nobody, test_sets_within_sets, test_refused, test_sets_within_sets, test_published, test_removed])
