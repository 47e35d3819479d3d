# SPDX-License-Identifier: BSD-3-Clause
"""Node populations of several models: against the same network with one population for each model, expanded here with
numpy; texts of nodes in each form that writers use; the order of spikes.h5; and the way back by volley export."""
import json
import os
import shutil

import h5py
import numpy as np
from support import sonata, volley

N, STEPS, NAME = 61, 400, "V1 cells"
MODELS = ("iaf_psc_alpha", "izhikevich", "iaf_psc_exp", "spike_source")  # in the order of their first types
TYPES = {2: 0, 5: 1, 7: 0, 8: 2, 9: 3}  # number in MODELS
TEMPLATES = {2: "nest:iaf_psc_alpha", 5: "nest:izhikevich", 7: "nest:iaf_psc_alpha", 8: "nest:iaf_psc_exp", 9: None}
PARAMS = {2: {"tau_m": 12.0}, 5: {"d": 6.0}, 7: {}, 8: {"C_m": 200.0}, 9: {}}
TEXTS = {"variable UTF-8": h5py.string_dtype(), "variable ASCII": h5py.string_dtype("ascii"), "fixed ASCII": "S24",
         "fixed UTF-8": h5py.string_dtype("utf-8", 24), "library": None}
LAYOUTS = ((1, ()), (2, ()), (3, ("partition.method=round_robin",)), (4, ("partition.method=block",)))


def strings(texts, kind):
    kind = TEXTS[kind]
    return np.array([t.encode() for t in texts], kind) if kind == "S24" else np.array(texts, kind)


def put_texts(group, name, texts, kind):
    """Texts of nodes: a dataset of strings, or of numbers into @library."""
    if kind == "library":
        listed = sorted(set(texts))[::-1]
        group.create_dataset(f"@library/{name}", data=np.array(listed, object), dtype=h5py.string_dtype())
        group[name] = np.array([listed.index(t) for t in texts], "u4")
    else:
        group.create_dataset(name, data=[t.encode() for t in texts], dtype=TEXTS[kind])


def write_nodes(directory, rng, types, kind):
    """Nodes in two groups, rows permuted: those with a time constant of their own, and the rest. With `kind` types of
    the CSV name no models: each node has its own text."""
    own = np.isin(types, (2, 8)) & (rng.random(N) < 0.7)
    values = {"tau_m": np.where(own, rng.uniform(6, 20, N), np.nan), "x": rng.uniform(0, 100, N)}
    with h5py.File(os.path.join(directory, "nodes.h5"), "w") as file:
        population = file.create_group(f"nodes/{NAME}")
        population["node_type_id"] = types.astype("u8")
        population["node_group_id"] = np.where(own, 3, 0).astype("u2")
        row = np.empty(N, "u4")
        for number, chosen in ((3, own), (0, ~own)):
            order = rng.permutation(np.flatnonzero(chosen))
            row[order] = np.arange(len(order))
            group = population.create_group(str(number))
            group["x"] = values["x"][order]
            if number == 3:
                group["dynamics_params/tau_m"] = values["tau_m"][order]
            if kind:
                put_texts(group, "model_template", [TEMPLATES[t] or "NULL" for t in types[order]], kind)
                put_texts(group, "model_type", ["point_neuron" if TEMPLATES[t] else "virtual" for t in types[order]], kind)
                put_texts(group, "layer", ["L4 é" if t in (2, 9) else "L5" for t in types[order]], kind)
        population["node_group_index"] = row
    with open(os.path.join(directory, "types.csv"), "w", encoding="utf-8") as file:
        file.write("model_template node_type_id dynamics_params model_type layer\n")
        for number in reversed(TYPES):
            with open(os.path.join(directory, f"{number}.json"), "w", encoding="utf-8") as params:
                json.dump(PARAMS[number], params)
            template, what = TEMPLATES[number] or "NULL", "point_neuron" if TEMPLATES[number] else "virtual"
            layer = '"L4 é"' if number in (2, 9) else "L5"
            file.write(f"NULL {number} {number}.json NULL L6\n" if kind else
                       f"{template} {number} {number}.json {what} {layer}\n")
    return values


def write_edges(directory, rng, types, quirks):
    """From all nodes to those that are neurons, of two types; some edges have weights of their own, in a group."""
    neurons = np.flatnonzero(types != 9)
    n = 1500
    source, target = rng.integers(0, N, n), neurons[rng.integers(0, len(neurons), n)]
    if quirks.get("sorted", True):
        target = np.sort(target)
    kinds = rng.choice([100, 101], n)
    own = rng.random(n) < 0.5
    edge = {"source": source, "target": target, "type": kinds,
            "weight": np.where(own, np.round(rng.uniform(-300, 900, n) * 4) / 4, np.where(kinds == 100, 400.0, -350.0)),
            "delay": np.where(kinds == 100, 1.5, 0.8)}
    izhikevich = np.isin(target, np.flatnonzero(types == 5))
    edge["weight"] = np.where(own & izhikevich, edge["weight"] / 64, edge["weight"])
    with h5py.File(os.path.join(directory, "edges.h5"), "w") as file:
        group = file.create_group("edges/all")
        for end in ("source", "target"):
            group[f"{end}_node_id"] = edge[end].astype("u8")
            text = np.bytes_(NAME.ljust(20)) if quirks.get("fixed") else NAME
            if quirks.get("fixed"):  # padded with zeros, as numpy has it
                text = np.bytes_(NAME)
            group[f"{end}_node_id"].attrs["node_population"] = text
        group["edge_type_id"] = kinds.astype("u4")
        group["edge_group_id"] = own.astype("u2")
        row = np.empty(n, "u4")
        for number in (0, 1):
            chosen = np.flatnonzero(own == number)
            row[chosen] = np.arange(len(chosen))
            group.create_group(str(number))
        group["edge_group_index"] = row
        group["1/syn_weight"] = edge["weight"][own]
        if quirks.get("index"):
            sonata.write_index(group, target, N, "indices", "node_id_to_range", 0)
    volley.write(directory, "edge_types.csv", "edge_type_id delay syn_weight model_template\n100 1.5 400 static_synapse\n"
                 "101 0.8 -350 NULL\n")
    return edge


def make(directory, quirks, seed=3):
    os.makedirs(directory)
    rng = np.random.default_rng(seed)
    types = rng.choice(list(TYPES), N)
    values = write_nodes(directory, rng, types, quirks.get("texts"))
    edge = write_edges(directory, rng, types, quirks)
    virtual = np.flatnonzero(types == 9)
    pairs = sorted({(int(v), int(s)) for v, s in zip(virtual[rng.integers(0, len(virtual), 300)],
                                                     rng.integers(1, STEPS, 300))})
    with h5py.File(os.path.join(directory, "input.h5"), "w") as file:
        file[f"spikes/{NAME}/node_ids"] = np.array([p[0] for p in pairs], "u8")
        file[f"spikes/{NAME}/timestamps"] = np.array([p[1] / 10 for p in pairs])
    circuit = {"components": {"point_neuron_models_dir": "."},
               "networks": {"nodes": [{"nodes_file": "nodes.h5", "node_types_file": "types.csv"}],
                            "edges": [{"edges_file": "edges.h5", "edge_types_file": "edge_types.csv"}]}}
    simulation = {"network": "circuit.json", "node_sets_file": "sets.json",
                  "run": {"tstop": STEPS / 10, "dt": 0.1},
                  "inputs": {"in": {"input_type": "spikes", "module": "h5", "input_file": "input.h5", "node_set": "in"},
                             "clamp": {"input_type": "current_clamp", "module": "IClamp", "node_set": "L4", "amp": 300.0,
                                       "delay": 2.0, "duration": 30.0}},
                  "output": {"output_dir": "out", "spikes_sort_order": quirks.get("order", "by_time")},
                  "reports": {"v": {"cells": "some", "variable_name": "V_m", "dt": 0.5},
                              "current": {"cells": NAME, "variable_name": "I_syn_ex", "dt": 1.0}}}
    sets = {"in": {"model_type": "virtual"}, "L4": {"layer": "L4 é"}, "some": {"node_id": list(range(3, 50, 2))}}
    for name, content in (("circuit", circuit), ("simulation", simulation), ("sets", sets)):
        with open(os.path.join(directory, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(content, file)
    return os.path.join(directory, "simulation.json"), {"types": types, "values": values, "edge": edge, "input": pairs}


def parts_of(about):
    """The nodes of each model, ascending."""
    models = np.array([TYPES[t] for t in about["types"]])
    return [np.flatnonzero(models == m) for m in range(len(MODELS))]


def expand(about):
    """The same network with one population for each model."""
    types, edge, parts = about["types"], about["edge"], parts_of(about)
    place = np.zeros(N, int)
    for part in parts:
        place[part] = np.arange(len(part))
    lines = [f"simulation: {{dt: 0.1, duration: {STEPS / 10}}}", "populations:"]
    fields = {0: ("tau_m",), 1: ("d",), 2: ("tau_m", "C_m")}
    defaults = {"tau_m": 10.0, "d": 8.0, "C_m": 250.0}
    for m, part in enumerate(parts):
        lines += [f"  {MODELS[m]}:", f"    model: {MODELS[m]}", f"    size: {len(part)}"]
        if m == 3:
            trains = [[s / 10 for v, s in about["input"] if v == node] for node in part]
            lines.append(f"    params: {{spike_times: {trains}}}")
            continue
        lines += [f"    init: {{V_m: {-65.0 if m == 1 else -70.0}}}", "    params:"]
        for field in fields[m]:
            held = [PARAMS[types[i]].get(field, defaults[field]) for i in part]
            if field == "tau_m":
                own = about["values"]["tau_m"]
                held = [float(own[i]) if not np.isnan(own[i]) else value for i, value in zip(part, held)]
            lines.append(f"      {field}: {{values: {held}}}")
    lines += ["stimuli:", "  clamp:", "    model: dc", "    start: 2.0", "    stop: 32.0", "    params: {amplitude: 300.0}",
              "    target:"]
    for m in range(3):
        chosen = [int(place[i]) for i in parts[m] if types[i] == 2]
        if chosen:
            lines.append(f"      - {{population: {MODELS[m]}, neurons: {{ids: {chosen}}}}}")
    lines.append("projections:")
    model = np.array([TYPES[t] for t in types])
    for s in range(4):
        for t in range(3):
            for sign in (1, -1):
                chosen = np.flatnonzero((model[edge["source"]] == s) & (model[edge["target"]] == t)
                                        & ((edge["weight"] >= 0) == (sign > 0)))
                if len(chosen) == 0:
                    continue
                ends = [[int(place[edge["source"][i]]), int(place[edge["target"][i]])] for i in chosen]
                lines += [f"  p_{s}_{t}_{'ex' if sign > 0 else 'in'}:", f"    source: {MODELS[s]}", f"    target: {MODELS[t]}",
                          f"    connect: {{rule: list, edges: {ends}}}",
                          f"    weight: {{values: {[float(edge['weight'][i]) for i in chosen]}}}",
                          f"    delay: {{values: {[float(edge['delay'][i]) for i in chosen]}}}",
                          "    weight_precision: float64"]
    lines += ["record:", f"  spikes: [{', '.join(MODELS[:3])}]", "  state:"]
    lines += [f"    - {{population: {m}, variables: [V_m], interval: 0.1}}" for m in MODELS[:3]]
    lines += [f"    - {{population: {m}, variables: [I_syn_ex], interval: 0.1}}" for m in (MODELS[0], MODELS[2])]
    return "\n".join(lines) + "\n"


def expected_spikes(directory, about):
    """Spikes of the network with one model a population, by the numbers of the whole."""
    found = []
    for m, part in enumerate(parts_of(about)[:3]):
        found += [(step, int(part[i])) for step, i in volley.spikes(directory, MODELS[m])]
    return sorted(found)


def check_states(directory, expected, about):
    parts = parts_of(about)
    for name, variable, nodes, every, having in (("v", "V_m", range(3, 50, 2), 5, (0, 1, 2)),
                                                 ("current", "I_syn_ex", range(N), 10, (0, 2))):
        nodes = [i for i in nodes if TYPES[about["types"][i]] in having]
        assert len({TYPES[about["types"][i]] for i in nodes}) == len(having)
        with h5py.File(os.path.join(directory, f"{name}.h5")) as file:
            assert list(file["report"]) == [NAME]
            report = file[f"report/{NAME}"]
            assert list(report["mapping/node_ids"]) == nodes, name
            data = report["data"][:]
        for m in having:
            with h5py.File(os.path.join(expected, f"state_{MODELS[m]}_{variable}.h5")) as file:
                whole = file[f"report/{MODELS[m]}/data"][::every]
            mine = [c for c, i in enumerate(nodes) if TYPES[about["types"][i]] == m]
            local = [int(np.searchsorted(parts[m], nodes[c])) for c in mine]
            assert np.array_equal(data[:, mine], whole[:, local]), (name, m)


def check_run(path, directory, expected, reference, about, layouts=LAYOUTS):
    """Each layout gives the connections and spikes of the reference, by the numbers of the whole."""
    spikes = expected_spikes(expected, about)
    assert len(spikes) > 300 and len({i for _, i in spikes}) > 20
    for ranks, sets in layouts:
        found = volley.run(path, directory, ranks=ranks, threads=1 + (ranks == 2), sets=sets)
        for key in ("spike_hash", "connection_hash", "network"):
            assert found[key] == reference[key], (path, ranks, key, found[key], reference[key])
        assert volley.spikes(directory, NAME) == spikes, (path, ranks)
        whole = found["populations"][NAME]
        assert list(found["populations"]) == [NAME] and whole["size"] == N
        assert sum(part["spikes"] for part in whole["parts"].values()) == whole["spikes"]
        check_states(directory, expected, about)


def test_models(directory):
    """Types in CSV name the models; with and without an index; ids, connections and states are those of the file."""
    for number, quirks in enumerate(({"index": True}, {"sorted": False, "fixed": True})):
        path, about = make(os.path.join(directory, f"net{number}"), quirks, 3 + number)
        expected = os.path.join(directory, f"expected{number}")
        reference = volley.run(volley.write(directory, "one_model.yaml", expand(about)), expected)
        assert reference["network"]["synapses"] == len(about["edge"]["source"])
        check_run(path, os.path.join(directory, "found"), expected, reference, about, LAYOUTS if number == 0 else LAYOUTS[1:3])


def test_texts(directory):
    """Models, and what node sets ask for, as texts of the nodes."""
    for kind in TEXTS:
        path, about = make(os.path.join(directory, kind), {"index": True, "texts": kind})
        expected = os.path.join(directory, "expected")
        reference = volley.run(volley.write(directory, "one_model.yaml", expand(about)), expected)
        check_run(path, os.path.join(directory, "found"), expected, reference, about, LAYOUTS[1:2])


def test_order(directory):
    """spikes.h5 by id, and without an order; tools and resumed runs find the same spikes."""
    places = {}
    for order, number in (("by_time", 2), ("by_id", 1), ("none", 0), ("id", 1), ("time", 2)):
        path, about = make(os.path.join(directory, order), {"index": True, "order": order})
        for ranks in (1, 3):
            places[order] = out = os.path.join(directory, f"out_{order}")
            volley.run(path, out, ranks=ranks, sets=["checkpoint.interval=20.0"])
            with h5py.File(os.path.join(out, "spikes.h5")) as file:
                group = file[f"spikes/{NAME}"]
                assert h5py.check_enum_dtype(group.attrs.get_id("sorting").dtype) == {"none": 0, "by_id": 1, "by_time": 2}
                assert group.attrs["sorting"] == number, (order, ranks)
            spikes = volley.spikes(out, NAME)
            assert spikes == sorted(spikes, key=(lambda s: s[::-1]) if number == 1 else None), (order, ranks)
            assert sorted(spikes) == sorted(volley.spikes(places["by_time"], NAME))
    done = volley.start(["diff", places["by_time"], places["by_id"]])
    assert done.returncode == 0, done.stdout + done.stderr
    tables = [volley.start(["export", places[order]]).stdout for order in ("by_time", "by_id", "none")]
    assert tables[0] == tables[1] == tables[2] and len(tables[0]) > 1000
    infos = [volley.start(["info", places[order]]).stdout.split("\n")[:12] for order in ("by_time", "by_id")]
    rows = [[line for line in info if line.startswith(NAME)] for info in infos]
    assert rows[0] == rows[1] and rows[0], infos
    path = os.path.join(directory, "by_id", "simulation.json")
    for resumed in (places["by_id"],):  # from the middle: the segments are made of the sorted file
        before = volley.spikes(resumed, NAME)
        for name in os.listdir(resumed):
            if name.startswith("checkpoint-") and "400" in name:
                os.remove(os.path.join(resumed, name))
        done = volley.start(["run", path, "--resume", resumed, "-q"], 2)
        assert done.returncode == 0, done.stderr
        assert volley.spikes(resumed, NAME) == before


def contents(path):
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[:] if isinstance(item, h5py.Dataset) else None}))
    return found


def check_exported(directory, about):
    """One node population with the types and groups of its models, and all edges under its numbers."""
    with h5py.File(os.path.join(directory, "nodes.h5")) as file:
        assert list(file["nodes"]) == [NAME]
        group = file[f"nodes/{NAME}"]
        models = np.array([TYPES[t] for t in about["types"]])
        assert np.array_equal(group["node_type_id"], 100 + models) and np.array_equal(group["node_group_id"], models)
        for m, part in enumerate(parts_of(about)):
            assert np.array_equal(group["node_group_index"][:][part], np.arange(len(part)))
        assert np.array_equal(group["node_id"], np.arange(N))
    edge = about["edge"]
    rows = sorted(zip(edge["source"], edge["target"], edge["weight"], edge["delay"]))
    found = []
    with h5py.File(os.path.join(directory, "edges.h5")) as file:
        for group in file["edges"].values():
            source, target = group["source_node_id"][:].astype(int), group["target_node_id"][:].astype(int)
            found += zip(source, target, group["0/syn_weight"], group["0/delay"])
            for name, ends in (("target_to_source", target), ("source_to_target", source)):
                index = group[f"indices/{name}"]
                nodes, ranges = index["node_id_to_ranges"][:].astype(int), index["range_to_edge_id"][:].astype(int)
                assert nodes.shape == (N, 2) and np.array_equal(nodes, index["node_id_to_range"])
                for node, (first, end) in enumerate(nodes):
                    edges = [i for a, b in ranges[first:end] for i in range(a, b)]
                    assert np.array_equal(edges, np.flatnonzero(ends == node)), (name, node)
            for end in ("source", "target"):
                assert group[f"{end}_node_id"].attrs["node_population"] == NAME
    assert sorted(found) == rows


def test_export(directory):
    path, about = make(os.path.join(directory, "net"), {"index": True})
    expected = volley.run(path, os.path.join(directory, "a"))
    for ranks in (1, 2, 3, 4):
        out = os.path.join(directory, f"out{ranks}")
        done = volley.start(["export", path, "-o", out], ranks)
        assert done.returncode == 0, done.stderr
        check_exported(out, about)
        for name in ("nodes.h5", "edges.h5"):
            left, right = contents(os.path.join(directory, "out1", name)), contents(os.path.join(out, name))
            assert left.keys() == right.keys()
            assert all(np.array_equal(left[key], right[key]) for key in left), (ranks, name)
    for ranks in (1, 3):
        found = volley.run(os.path.join(directory, "out3", "network.yaml"), os.path.join(directory, "b"), ranks)
        assert [found[key] for key in volley.HASHES] == [expected[key] for key in volley.HASHES]
        assert volley.spikes(os.path.join(directory, "b"), NAME) == volley.spikes(os.path.join(directory, "a"), NAME)
    again = os.path.join(directory, "again")
    done = volley.start(["export", os.path.join(directory, "out2", "network.yaml"), "-o", again], 2)
    assert done.returncode == 0, done.stderr
    left, right = contents(os.path.join(directory, "out1", "edges.h5")), contents(os.path.join(again, "edges.h5"))
    assert left.keys() == right.keys() and all(np.array_equal(left[key], right[key]) for key in left)


def test_plastic(directory):
    """Weights of a plastic type between several models: ends by the numbers of the file, as initial weights again."""
    path, about = make(os.path.join(directory, "net"), {"index": True})
    place = os.path.dirname(path)
    with h5py.File(os.path.join(place, "edges.h5"), "r+") as file:
        file["edges/all/1/syn_weight"][:] = np.abs(file["edges/all/1/syn_weight"][:])
    volley.write(place, "edge_types.csv", "edge_type_id delay syn_weight model_template dynamics_params\n"
                 "100 1.5 400 stdp_synapse stdp.json\n101 0.8 50 NULL NULL\n")
    volley.write(place, "stdp.json", '{"lambda": 0.02, "Wmax": 1000.0}')
    name = "all_100_from_iaf_psc_alpha_to_iaf_psc_alpha_excitatory"
    config = volley.write(place, "plastic.yaml", f"include: simulation.json\nrecord: {{weights: [{{projection: {name}}}]}}\n")
    edge, model = about["edge"], np.array([TYPES[t] for t in about["types"]])
    chosen = (edge["type"] == 100) & (model[edge["source"]] == 0) & (model[edge["target"]] == 0)
    tables = []
    for ranks in (1, 3):
        out = os.path.join(directory, str(ranks))
        volley.run(config, out, ranks)
        with h5py.File(os.path.join(out, "weights.h5")) as file:
            tables.append({key: file[f"weights/{name}"][key][:] for key in file[f"weights/{name}"]})
            assert file[f"weights/{name}"].attrs["source_population"] == NAME
    assert all(np.array_equal(tables[0][key], tables[1][key]) for key in tables[0])
    assert sorted(zip(tables[0]["source_node_id"], tables[0]["target_node_id"])) == sorted(
        zip(edge["source"][chosen], edge["target"][chosen]))
    done = volley.start(["export", config, "-o", os.path.join(directory, "trained"), "--trained", out], 2)
    assert done.returncode == 0, done.stderr
    with h5py.File(os.path.join(directory, "trained", "edges.h5")) as file:
        assert np.array_equal(file[f"edges/{name}/0/syn_weight"], tables[0]["weight"][-1])


def test_refused(directory):
    """One message with the place."""
    cases = {
        "parameter of another model": (lambda d: volley.write(d, "5.json", '{"tau_m": 3.0}'), "izhikevich has no parameter tau_m"),
        "group that is not there": (lambda d: regroup(d), "is in group 7, which is not there"),
        "number beyond the library": (lambda d: relist(d), "of @library/model_type"),
        "spike of a neuron": (lambda d: respike(d), "of this model among 0 to 60"),
        "target of several": (lambda d: volley.write(
            d, "simulation.json", '{"network": "circuit.json", "run": {"tstop": 10.0, "dt": 0.1}, "inputs": {"in": '
            '{"input_type": "spikes", "module": "h5", "input_file": "input.h5", "node_set": {"node_id": [0, 1]}}}}'),
            "spikes are those of whole virtual populations"),
    }

    def regroup(d):
        with h5py.File(d + "nodes.h5", "r+") as file:
            file[f"nodes/{NAME}/node_group_id"][5] = 7

    def relist(d):
        with h5py.File(d + "nodes.h5", "r+") as file:
            file[f"nodes/{NAME}/0/model_type"][2] = 9

    def respike(d):
        with h5py.File(d + "input.h5", "r+") as file:
            file[f"spikes/{NAME}/node_ids"][0] = neuron

    _, about = make(os.path.join(directory, "net"), {"index": True, "texts": "library"})
    neuron = int(np.flatnonzero(about["types"] != 9)[0])
    for name, (damage, text) in cases.items():
        place = os.path.join(directory, "broken")
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(os.path.join(directory, "net"), place)
        damage(place + "/")
        done = volley.start(["run", os.path.join(place, "simulation.json"), "-q"], 2)
        assert done.returncode == 2 and text in done.stderr and done.stderr.count("volley: ") == 1, (name, done.stderr)


if __name__ == "__main__":
    volley.main([test_models, test_texts, test_order, test_export, test_plastic, test_refused])
