# SPDX-License-Identifier: BSD-3-Clause
"""Small SONATA networks, written with the quirks of real files, and the same networks as edge lists and values in
YAML, expanded here with numpy."""
import json
import os

import h5py
import numpy as np

CELLS, INPUTS, STEPS = 53, 20, 400  # sizes, and steps of 0.1 ms
TYPES = {7: {"tau_m": 12.0, "C_m": 180.0}, 8: {"tau_m": 8.0, "V_th": -52.0}, 9: {"t_ref": 1.0}}  # JSON of each type
EDGE_TYPES = {100: (600.0, 1.5), 101: (-500.0, 0.8), 102: (450.0, None)}  # weight, delay in the CSV
DEFAULTS = {"tau_m": 10.0, "C_m": 250.0, "V_th": -55.0, "t_ref": 2.0, "E_L": -70.0, "tau_syn_ex": 2.0}


def cells(rng, own):
    """Parameters of every cell: those of its type, else the default; tau_m and E_L of its own where asked for."""
    types = rng.choice([7, 8, 9], CELLS)
    values = {name: np.array([TYPES[t].get(name, standard) for t in types]) for name, standard in DEFAULTS.items()}
    values["tau_syn_ex"][:] = np.where(types == 8, 1.25, 2.0)  # a column of the CSV; NULL for the others
    if own:
        values["tau_m"] = rng.uniform(6, 20, CELLS)
        values["E_L"] = rng.uniform(-75, -65, CELLS)
    return types, values


def edges(rng, n, sources, sorted_by_target, weight, delay, nsyns):
    """source, target, type, and the weight and delay that come out; what the file holds of them."""
    source, target = rng.integers(0, sources, n), rng.integers(0, CELLS, n) ** 2 % CELLS
    if sorted_by_target:
        target = np.sort(target)
    types = rng.choice(list(EDGE_TYPES), n)
    edge = {"source": source, "target": target, "type": types,
            "weight": np.array([EDGE_TYPES[t][0] for t in types]),
            "delay": np.array([EDGE_TYPES[t][1] or 1.0 for t in types])}
    columns = {}
    if weight:
        columns["syn_weight"] = edge["weight"] = rng.uniform(-900, 900, n)
    if delay:
        columns["delay"] = edge["delay"] = rng.integers(1, 40, n) / 10
    if nsyns:
        columns["nsyns"] = rng.integers(1, 4, n)
        edge["weight"] = edge["weight"] * columns["nsyns"]
    return edge, columns


def write_index(group, targets, size, spelling, table, empty):
    """target_to_source: runs of equal targets."""
    starts = np.flatnonzero(np.r_[True, targets[1:] != targets[:-1]]) if len(targets) else np.array([], int)
    ends = np.r_[starts[1:], len(targets)] if len(targets) else starts
    order = np.argsort(targets[starts], kind="stable")
    owners = targets[starts][order]
    index = group.create_group(f"{spelling}/target_to_source")
    index["range_to_edge_id"] = np.c_[starts, ends][order].astype("u8").reshape(-1, 2)
    nodes = np.full((size, 2), empty, "i8")
    for node in range(size):
        where = np.flatnonzero(owners == node)
        if len(where):
            nodes[node] = where[0], where[-1] + 1
    index[table] = nodes.astype("i8" if empty < 0 else "u8")


def write_edges(file, name, source_population, edge, columns, quirks, rng):
    group, n = file.require_group(f"edges/{name}"), len(edge["source"])
    for end, population in (("source", source_population), ("target", "cells")):
        group[f"{end}_node_id"] = edge[end].astype("u8")
        text = np.bytes_(population) if quirks.get("fixed_strings") else population
        group[f"{end}_node_id"].attrs["node_population"] = text
    group["edge_type_id"] = edge["type"].astype("u4")
    row = rng.permutation(n) if quirks.get("permuted") else np.arange(n)
    number = quirks.get("group", 0)
    group["edge_group_id"] = np.full(n, number, "u2")
    group["edge_group_index"] = row.astype("u4")
    place = group.create_group(str(number))
    if quirks.get("in_params"):
        place = place.create_group("dynamics_params")
    for column, values in columns.items():
        if column == "nsyns":
            place = group[str(number)]
        held = np.empty(n, "u2" if column == "nsyns" else "f8")
        held[row] = values
        place.create_dataset(column, data=held, **({"compression": "gzip"} if quirks.get("compressed") and n else {}))
    if "index" in quirks:
        write_index(group, edge["target"], CELLS, *quirks["index"])


def write_types(directory, own):
    """The CSV files with NULLs, quotes and columns that mean nothing here, and the JSON files they name."""
    lines = ['node_type_id "a name" dynamics_params tau_syn_ex model_template model_type tau_m']
    for number, params in TYPES.items():
        with open(os.path.join(directory, "models", f"{number}.json"), "w", encoding="utf-8") as file:
            json.dump(params, file)
        column = "1.25" if number == 8 else "NULL"
        # what nodes have of their own goes before the column, and that before the file
        lines.append(f'{number}  "of ""{number}"" kinds" {number}.json {column} nest:iaf_psc_alpha point_process '
                     f'{"99.0" if own else "NULL"}')
    with open(os.path.join(directory, "cell_types.csv"), "w", encoding="utf-8") as file:
        file.write("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    with open(os.path.join(directory, "input_types.csv"), "w", encoding="utf-8") as file:
        file.write("model_type node_type_id model_template\nvirtual 3 NULL\n")
    with open(os.path.join(directory, "edge_types.csv"), "w", encoding="utf-8") as file:
        file.write("edge_type_id target_query delay syn_weight model_template dynamics_params\n")
        for number, (weight, delay) in EDGE_TYPES.items():
            in_file = number == 102
            with open(os.path.join(directory, "models", f"e{number}.json"), "w", encoding="utf-8") as params:
                json.dump({"weight": weight} if in_file else {}, params)
            file.write(f"{number} \"kind=='a b'\" {delay or 'NULL'} {'NULL' if in_file else weight} static_synapse "
                       f"e{number}.json\n")


def write_spikes(directory, rng, legacy, seconds):
    """Input spikes off the grid, and the steps they belong to: those between steps go to the next one."""
    times = np.sort(np.round(rng.uniform(0, STEPS / 10 + 20, 300), 3))
    ids = rng.integers(0, INPUTS, 300)
    with h5py.File(os.path.join(directory, "spikes.h5"), "w") as file:
        place = file.create_group("spikes" if legacy else "spikes/input")
        place["gids" if legacy else "node_ids"] = ids.astype("u8")
        place["timestamps"] = times / 1000 if seconds else times
        if seconds:
            place["timestamps"].attrs["units"] = "s"
    steps = np.ceil(np.round(times * 1000).astype(int) / 100).astype(int)
    trains = [sorted(set(steps[(ids == i) & (steps <= STEPS)])) for i in range(INPUTS)]
    repeats = sum(len(steps[(ids == i) & (steps <= STEPS)]) for i in range(INPUTS)) - sum(map(len, trains))
    return trains, repeats


def make(directory, quirks, seed=1):
    """Writes a network into the directory. Returns the path of its simulation config and the text of the same network
    in YAML, and what it is made of."""
    rng = np.random.default_rng(seed)
    os.makedirs(os.path.join(directory, "models"))
    own = quirks.get("own", False)
    types, values = cells(rng, own)
    with h5py.File(os.path.join(directory, "nodes.h5"), "w") as file:
        group = file.create_group("nodes/cells")
        group["node_type_id"] = types.astype("u8")
        if quirks.get("node_ids", True):
            group["node_id"] = np.arange(CELLS, dtype="u8")
        row = rng.permutation(CELLS)
        group["node_group_id"], group["node_group_index"] = np.zeros(CELLS, "u1"), row.astype("u2")
        place = group.create_group("0")
        place["x"] = np.arange(CELLS, dtype="f8")[np.argsort(row)]
        if own:
            for name, where in (("tau_m", place), ("E_L", place.create_group("dynamics_params"))):
                held = np.empty(CELLS)
                held[row] = values[name]
                where[name] = held
        file["nodes/input/node_type_id"] = np.full(INPUTS, 3, "i4")
    write_types(directory, own)
    trains, repeats = write_spikes(directory, rng, quirks.get("legacy", False), quirks.get("seconds", False))
    found = {}
    with h5py.File(os.path.join(directory, "edges.h5"), "w") as file:
        for name, source, n in (("cells_to_cells", "cells", 900), ("input_to_cells", "input", 700)):
            found[name], columns = edges(rng, n, CELLS if source == "cells" else INPUTS, quirks.get("sorted", True),
                                         quirks.get("weight", True), quirks.get("delay", True),
                                         quirks.get("nsyns", False))
            write_edges(file, name, source, found[name], columns, quirks, rng)
    path = write_config(directory)
    return path, yaml_of(values, trains, found), {"types": types, "values": values, "edges": found, "repeats": repeats}


def write_config(directory):
    """Circuit and simulation with a manifest, paths through it, and keys that mean nothing here."""
    circuit = {
        "manifest": {"$BASE": ".", "$NETWORK": "${BASE}/", "$MODELS": "$NETWORK/models"},
        "components": {"point_neuron_models_dir": "$MODELS", "synaptic_models_dir": "${MODELS}"},
        "networks": {
            "nodes": [{"nodes_file": "$NETWORK/nodes.h5", "node_types_file": "$NETWORK/cell_types.csv",
                       "populations": {"cells": {}}},
                      {"nodes_file": "$NETWORK/nodes.h5", "node_types_file": "$configdir/input_types.csv",
                       "populations": {"input": {}}}],
            "edges": [{"edges_file": "$NETWORK/edges.h5", "edge_types_file": "$NETWORK/edge_types.csv",
                       "enabled": True},
                      {"edges_file": "$NETWORK/absent.h5", "enabled": False}]}}
    simulation = {
        "manifest": {"$OUT": "$configdir/output"}, "network": "$configdir/circuit.json", "novelty": 3,
        "run": {"tstop": STEPS / 10, "dt": 0.1, "nsteps_block": 5000, "speed": "high"},
        "conditions": {"v_init": -80}, "node_sets_file": "node_sets.json",
        "inputs": {"trains": {"input_type": "spikes", "module": "h5", "input_file": "spikes.h5", "node_set": "input"},
                   "clamp": {"input_type": "current_clamp", "module": "IClamp", "node_set": "clamped",
                             "amp": [300.0, -50.0], "delay": [5.0, 20.0], "duration": 8.0}},
        "output": {"output_dir": "$OUT", "spikes_file": "all_spikes.h5", "spikes_sort_order": "by_time"},
        "reports": {"by_type": {"cells": "sevens", "variable_name": "V_m", "module": "membrane_report", "dt": 0.5},
                    "late": {"cells": "both", "variable_name": "V_m", "file_name": "late_v.h5", "start_time": 10.0,
                             "end_time": 20.0},
                    "off": {"cells": "nothing", "variable_name": "V_m", "enabled": False}}}
    sets = {"clamped": {"population": "cells", "node_id": [3, 4, 30]},
            "sevens": {"population": "cells", "node_type_id": [7], "model_template": "nest:iaf_psc_alpha"},
            "near": {"population": "cells", "x": {"$lt": 10}, "tau_syn_ex": 1.25},
            "both": ["sevens", "near"]}
    for name, content in (("circuit", circuit), ("simulation", simulation), ("node_sets", sets)):
        with open(os.path.join(directory, f"{name}.json"), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1)
    return os.path.join(directory, "simulation.json")


def sets_of(network):
    """The neurons of the two reports."""
    types, values = network["types"], network["values"]
    sevens = np.flatnonzero(types == 7)
    near = np.flatnonzero((np.arange(CELLS) < 10) & (types == 8))
    return sevens, np.union1d(sevens, near)


def yaml_of(values, trains, found):
    lines = ["simulation: {dt: 0.1, duration: %g}" % (STEPS / 10), "populations:", "  cells:",
             "    model: iaf_psc_alpha", f"    size: {CELLS}", "    init: {V_m: -70.0}", "    params:"]
    lines += [f"      {name}: {{values: {[float(v) for v in numbers]}}}" for name, numbers in values.items()]
    lines += ["  input:", "    model: spike_source", f"    size: {INPUTS}",
              f"    params: {{spike_times: {[[float(s) / 10 for s in train] for train in trains]}}}", "stimuli:"]
    for i, (amplitude, start) in enumerate(((300.0, 5.0), (-50.0, 20.0))):
        lines.append(f"  clamp_{i}: {{model: dc, target: {{population: cells, neurons: {{ids: [3, 4, 30]}}}}, "
                     f"start: {start}, stop: {start + 8}, params: {{amplitude: {amplitude}}}}}")
    lines.append("projections:")
    for name, edge in found.items():
        for sign in (1, -1):
            chosen = np.flatnonzero((edge["weight"] >= 0) == (sign > 0))
            if len(chosen) == 0:
                continue
            pairs = [[int(edge["source"][i]), int(edge["target"][i])] for i in chosen]
            lines += [f"  {name}_{'in' if sign < 0 else 'ex'}:", f"    source: {name.split('_')[0]}", "    target: cells",
                      f"    connect: {{rule: list, edges: {pairs}}}",
                      f"    weight: {{values: {[float(edge['weight'][i]) for i in chosen]}}}",
                      f"    delay: {{values: {[float(edge['delay'][i]) for i in chosen]}}}",
                      "    weight_precision: float64"]
    lines.append("record: {spikes: [cells]}")
    return "\n".join(lines) + "\n"
