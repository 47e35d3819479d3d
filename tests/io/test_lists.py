# SPDX-License-Identifier: BSD-3-Clause
"""Edge lists and files of values: the same edges from the config, CSV and HDF5, on every layout; an independent
connection hash; and what is refused."""
import os


import h5py
import numpy as np
from support import volley

SIZE_A, SIZE_B = 101, 67
MASK = (1 << 64) - 1

CONFIG = """
simulation: {{dt: 0.1, duration: 30.0, seed: 9}}
populations:
  first: {{model: parrot_neuron, size: 5}}
  A: {{model: iaf_psc_exp, size: 101, params: {{I_e: {{uniform: {{low: 300, high: 500}}}}}}}}
  B: {{model: iaf_psc_exp, size: 67}}
projections:
  P:
    source: A
    target: B
    connect: {connect}
{more}
"""


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def add(value, word):
    return mix((value + 0x9E3779B97F4A7C15 + word * 0xD1342543DE82EF95) & MASK)


def connection_hash(edges):
    """The sum over edges (source, target, weight, delay in ms) of projection 0, from the definition: k counts the
    edges of a target in the order given."""
    k, total = {}, 0
    for source, target, weight, delay in edges:
        number = k[target] = k.get(target, -1) + 1
        steps = int(np.floor(delay * 10 + 0.5))
        base = add(add(0, 0), 5 + SIZE_A + target)
        edge = mix((base + number * 0x9E3779B97F4A7C15 + (5 + source) * 0xD1342543DE82EF95) & MASK)
        bits = int(np.float32(weight).view(np.uint32))
        total += mix(edge ^ ((bits + (steps << 48 | steps)) & MASK))
    return f"{total & MASK:016x}"


def some_edges(n, seed=1):
    rng = np.random.default_rng(seed)
    return [(int(s), int(t), float(w), float(d)) for s, t, w, d in zip(
        rng.integers(0, SIZE_A, n), rng.integers(0, SIZE_B, n) ** 2 % SIZE_B, np.round(rng.uniform(0, 90, n), 4),
        rng.integers(1, 60, n) / 10)]


def write_csv(directory, name, edges, columns=("source", "target", "weight", "delay"), end="\n"):
    order = [("source", "target", "weight", "delay").index(c) for c in columns]
    lines = [",".join(columns)] + [",".join(repr(edge[i]) for i in order) for edge in edges]
    return volley.write(directory, name, end.join(lines) + end)


def write_h5(directory, name, edges, group="/"):
    with h5py.File(os.path.join(directory, name), "w") as file:
        place = file.require_group(group)
        columns = list(zip(*edges)) if edges else [[]] * 4
        for column, values, kind in zip(("source", "target", "weight", "delay"), columns, ("u4", "i8", "f8", "f8")):
            place[column] = np.array(values, kind)


def config(directory, connect, more="", name="config.yaml"):
    return volley.write(directory, name, CONFIG.format(connect=connect, more=more))


def listed(edges):
    """The forms of weight and delay for edges in the config."""
    return (f"    weight: {{values: {[e[2] for e in edges]}}}\n" f"    delay: {{values: {[e[3] for e in edges]}}}\n")


def test_forms(directory):
    edges = some_edges(4000)
    write_csv(directory, "plain.csv", edges)
    write_csv(directory, "turned.csv", edges, ("delay", "target", "source", "weight"), "\r\n")
    write_csv(directory, "pairs.csv", edges, ("source", "target"))
    write_h5(directory, "root.h5", edges)
    write_h5(directory, "deep.h5", edges, "edges/A_to_B")
    pairs = str([list(e[:2]) for e in edges])
    forms = {"inline": (f"{{rule: list, edges: {pairs}}}", listed(edges)),
             "plain": ("{rule: list, file: plain.csv}", ""),
             "turned": ("{rule: list, file: turned.csv}", ""),
             "root": ("{rule: list, file: root.h5}", ""),
             "deep": ("{rule: list, file: deep.h5, group: edges/A_to_B}", "")}
    expected = connection_hash(edges)
    hashes = set()
    for number, (name, (connect, more)) in enumerate(forms.items()):
        path = config(directory, connect, more, name + ".yaml")
        for layout, (ranks, threads) in enumerate(((1, 2), (2, 1), (4, 1)) if number % 2 else ((1, 1), (3, 2))):
            partition = ("block", "round_robin", "balanced")[(number + layout) % 3]
            run = volley.run(path, os.path.join(directory, "out"), ranks, threads, [f"partition.method={partition}"])
            assert run["connection_hash"] == expected, (name, ranks, partition, run["connection_hash"], expected)
            assert run["network"]["synapses"] == len(edges)
            hashes.add(run["spike_hash"])
    assert len(hashes) == 1, hashes
    run = volley.run(os.path.join(directory, "plain.yaml"), os.path.join(directory, "out"), 7)
    assert run["connection_hash"] == expected
    constant = config(directory, "{rule: list, file: pairs.csv}", "    weight: 2.5\n    delay: 1.5\n", "pairs.yaml")
    run = volley.run(constant, os.path.join(directory, "out"), 2)
    assert run["connection_hash"] == connection_hash([(s, t, 2.5, 1.5) for s, t, _, _ in edges])


def test_chain(directory):
    """Spikes go along the edges and nowhere else."""
    text = """
simulation: {dt: 0.1, duration: 20.0}
populations:
  start: {model: spike_source, size: 1, params: {spike_times: [1.0]}}
  chain: {model: parrot_neuron, size: 6}
projections:
  in: {source: start, target: {population: chain, neurons: {ids: [4, 2]}}, connect: {rule: list, edges: [[0, 4]]},
       weight: 1.0, delay: 0.5}
  on: {source: chain, target: chain, connect: {rule: list, edges: [[4, 1], [1, 5], [5, 0], [1, 3]]}, weight: 1.0,
       delay: {values: [1.0, 2.0, 3.0, 0.1]}}
"""
    path = volley.write(directory, "chain.yaml", text)
    for ranks in (1, 3):
        volley.run(path, os.path.join(directory, "out"), ranks)
        found = volley.spikes(os.path.join(directory, "out"), "chain")
        assert found == [(15, 4), (25, 1), (26, 3), (45, 5), (75, 0)], found


def test_empty(directory):
    write_csv(directory, "none.csv", [])
    write_h5(directory, "none.h5", [])
    volley.write(directory, "bare.csv", "source,target,weight,delay")
    for connect, more in (("{rule: list, edges: []}", "    weight: 1\n    delay: {values: []}\n"),
                          ("{rule: list, file: none.csv}", ""), ("{rule: list, file: bare.csv}", ""),
                          ("{rule: list, file: none.h5}", "")):
        path = config(directory, connect, more)
        for ranks in (1, 2):
            run = volley.run(path, os.path.join(directory, "out"), ranks)
            assert run["network"]["synapses"] == 0, connect
        assert volley.start(["check", path]).returncode == 0


def refused(path, *words, ranks=(None, 3), sets=()):
    arguments = [path] + [text for s in sets for text in ("--set", s)]
    done = volley.start(["check", *arguments])
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, f"{done.returncode}: {done.stderr}"
    for word in words:
        assert word in done.stderr, f"{word} is not in {done.stderr}"
    out = os.path.join(os.path.dirname(path), "refused")
    for n in ranks:
        done = volley.start(["run", *arguments, "-o", out], n)
        messages = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
        assert done.returncode == 2 and len(messages) == 1, f"{n} ranks: {done.returncode}: {done.stderr}"
        for word in words:
            assert word in messages[0], f"{word} is not in {messages[0]}"
    assert not os.path.exists(out)


BAD_ROWS = (
    ("101,3,1.0,1.0", ("source", "101", "0 to 100 of A")), ("5,67,1.0,1.0", ("target", "67")),
    ("-1,3,1.0,1.0", ("source", "-1")), ("1.5,3,1.0,1.0", ("source", "1.5", "whole numbers")),
    ("1,3,1.0,0.0", ("delay", "value 0;", "0.05 to 6553.5 ms")), ("1,3,1.0,7000", ("delay", "7000")),
    ("1,3,one,1.0", ("weight", '"one"')), ("1,3,nan,1.0", ("weight", "nan")), ("1,3,,1.0", ("weight", '""')),
    ("1,3,1.0", ("fewer values", "allowed 4")), ("1,3,1.0,1.0,1.0", ("more values", "allowed 4")))


def test_rows_refused(directory):
    head = "source,target,weight,delay\n"
    good = "".join(f"{i % SIZE_A},{i % SIZE_B},1.5,1.0\n" for i in range(300))
    path = config(directory, "{rule: list, file: e.csv}")
    for number, (row, words) in enumerate(BAD_ROWS):
        volley.write(directory, "e.csv", head + good + row + "\n" + good)
        refused(path, "config.yaml:11: projections.P.connect.file", "e.csv:302", *words,
                ranks=(3,) if number % 5 == 0 else (None,))
    volley.write(directory, "e.csv", head + "1,3,1.0,1.0\n" + good + "1,3,-1.0,1.0\n")
    refused(path, "both signs", "from -1 to 1.5")
    volley.write(directory, "e.csv", head + good)
    done = volley.start(["check", path, "--set", "exchange.interval=11"])
    assert done.returncode == 2 and "exchange.interval: longer than the smallest delay: value 11" in done.stderr
    assert volley.start(["check", path, "--set", "exchange.interval=10"]).returncode == 0
    edges = some_edges(300)
    for column, value, words in (("source", 300, ("300", "0 to 100 of A")), ("delay", 0.01, ("delay", "0.01")),
                                 ("weight", np.inf, ("weight", "inf"))):
        write_h5(directory, "e.h5", edges)
        with h5py.File(os.path.join(directory, "e.h5"), "r+") as file:
            file[column][250] = value
        refused(config(directory, "{rule: list, file: e.h5}"), "e.h5: row 250", *words,
                ranks=(3,) if column == "delay" else (None,))


CHECKED = (  # the model of the targets; weight, delay; more keys of the projection; the key inside it, and a part of the problem
    ("parrot_neuron", 2.0, 1.0, "", "weight", "the parrot_neuron B counts spikes: value 2; allowed 1"),
    ("iaf_psc_exp", 1e39, 1.0, "", "weight", "beyond what float32 holds: value 1e+39"),
    ("iaf_psc_exp", 2.0, 1.0, "plasticity: {rule: stdp, params: {w_max: 1.0}}", "weight",
     "initial weights can lie outside the bounds of stdp: value from 2 to 2; allowed 0 to 1"),
    ("iaf_psc_exp", 2.0, 1.0, "dendritic_delay: 1.5", "dendritic_delay",
     "longer than the smallest delay: value 1.5 ms; allowed at most 1 ms"),
    ("iaf_cond_exp", -2.0, 1.0, "receptor: excitatory", "", "enter the excitatory conductance of B together with"),
)


def test_rounded(directory):
    """Delays between two steps are rounded, and a note names the key that gives the file."""
    volley.write(directory, "r.csv", "source,target,weight,delay\n0,1,1.0,1.04\n")
    done = volley.start(["check", volley.write(directory, "rounded.yaml", """
simulation: {dt: 0.1, duration: 10.0}
populations: {A: {model: iaf_psc_exp, size: 4}}
projections: {P: {source: A, target: A, connect: {rule: list, file: r.csv}}}
""")])
    assert done.returncode == 0, done.stderr
    assert "projections.P.connect.file: delays rounded to multiples of 0.1 ms" in done.stdout + done.stderr, done


def test_columns_checked(directory):
    """A number in a file meets the same checks as one in the config, with the line of the config that names it."""
    for model, weight, delay, more, key, problem in CHECKED:
        texts = []
        volley.write(directory, "e.csv", f"source,target,weight,delay\n1,3,{weight},{delay}\n2,5,{weight},{delay}\n")
        for connect, numbers in (("{rule: list, edges: [[1, 3], [2, 5]]}", f"weight: {weight}\n    delay: {delay}"),
                                 ("{rule: list, file: e.csv}", "")):
            path = volley.write(directory, "columns.yaml", f"""
simulation: {{dt: 0.1, duration: 30.0}}
populations:
  A: {{model: iaf_psc_exp, size: 101}}
  B: {{model: {model}, size: 67}}
projections:
  first: {{source: A, target: B, connect: {{rule: all_to_all}}, weight: 1.0, delay: 5.0}}
  P:
    source: A
    target: B
    connect: {connect}
    {more}
    {numbers}
""")
            done = volley.start(["check", path])
            assert done.returncode == 2 and len(done.stderr.splitlines()) == 1 and problem in done.stderr, done
            place = f"columns.yaml:{13 if numbers and key == 'weight' else 12 if key == 'dendritic_delay' else 11 if key else 8}: "
            assert place in done.stderr and "projections.P" in done.stderr, (place, done.stderr)
            texts.append(problem + done.stderr.split(problem)[1])
        assert texts[0] == texts[1], texts
    volley.write(directory, "e.csv", "source,target,weight,delay\n")  # a list of no edges has no delay to compare with
    assert volley.start(["check", config(directory, "{rule: list, file: e.csv}", "    dendritic_delay: 1.5")]).returncode == 0


def test_files_refused(directory):
    write_csv(directory, "pairs.csv", [(1, 2, 3.0, 1.0)], ("source", "target"))
    write_csv(directory, "full.csv", [(1, 2, 3.0, 1.0)])
    write_csv(directory, "wrong.csv", [(1, 2, 3.0, 1.0)], ("source", "weight"))
    volley.write(directory, "twice.csv", "source,target,target\n1,2,3\n")
    write_h5(directory, "e.h5", some_edges(20))
    given = "    weight: 1.0\n    delay: 1.0\n"
    place = "config.yaml:11: projections.P.connect"
    for connect, more, words in (
            ("{rule: list, file: nowhere.csv}", given, (place + ".file", "nowhere.csv", "cannot be opened")),
            ("{rule: list, file: wrong.csv}", given, (place + ".file", "no column target", "source, weight")),
            ("{rule: list, file: .}", given, (place + ".file",)),
            ("{rule: list, file: e.h5, group: none}", given, (place + ".file", "none")),
            ("{rule: list, file: twice.csv}", given, (place + ".file", "twice.csv:1", "two columns are called target")),
            ("{rule: list, file: pairs.csv, group: none}", given, (place + ".file", "is not an HDF5 file")),
            ("{rule: list}", given, (place, "one of edges and file", "none")),
            ("{rule: list, file: full.csv, edges: []}", given, (place, "both")),
            ("{rule: list, edges: [], group: a}", given, (place + ".group", "needs a file")),
            ("{rule: list, file: full.csv}", "    weight: 1.0\n", ("config.yaml:12: projections.P.weight", "twice")),
            ("{rule: list, file: full.csv}", "    delay: 1.0\n", ("config.yaml:12: projections.P.delay", "twice")),
            ("{rule: list, file: pairs.csv}", "    delay: 1.0\n", ("projections.P.weight: missing",)),
            ("{rule: list, file: pairs.csv}", "    weight: {values: [1.0]}\n    delay: 1.0\n", ("not possible",)),
            ("{rule: list, edges: [[0, 1], [2, 67]]}", given, (place + ".edges[1][1]", "67", "0 to 66")),
            ("{rule: list, edges: [[0, 1], [2]]}", given, (place + ".edges[1]", "pair")),
            ("{rule: list, edges: [[0, 1], [2, 3]]}", "    weight: {values: [1.0]}\n    delay: 1.0\n",
             ("weight.values", "value 1 numbers; allowed 2"))):
        refused(config(directory, connect, more), *words, ranks=())
    with h5py.File(os.path.join(directory, "e.h5"), "r+") as file:
        del file["weight"]
        file["weight"] = np.ones(19)
    refused(config(directory, "{rule: list, file: e.h5}"), "different lengths", "20", "19", ranks=(2,))
    refused(config(directory, "{rule: list, file: pairs.csv}", given), "list cannot be scaled", ranks=(),
            sets=("scale.neurons=0.5",))


VALUES = """
simulation: {{dt: 0.1, duration: 30.0, seed: 9}}
populations:
  A: {{model: iaf_psc_exp, size: 5, params: {{I_e: {I_e}}}, init: {{V_m: {V_m}}}}}
  B: {{model: iaf_psc_exp, size: 5}}
projections:
  P: {{source: A, target: B, connect: {{rule: one_to_one}}, weight: {weight}, delay: {delay}}}
"""


def test_values(directory):
    """Numbers from files are the numbers of a list."""
    columns = {"I_e": [400.0, 500.25, 600.5, 450.0, 1e3], "V_m": [-70.0, -65.5, -60.0, -5.8e1, -57.125],
               "weight": [1.0, 2.5, 300.0, 0.0, 1e-3], "delay": [0.1, 1.0, 2.0, 0.3, 5.0]}
    for name, values in columns.items():
        volley.write(directory, name + ".csv", "\n".join(map(repr, values)))
    rows = [",".join(columns)] + [",".join(map(repr, row)) for row in zip(*columns.values())]
    volley.write(directory, "all.csv", "\ufeff" + "\r\n".join(rows) + "\r\n\r\n")
    with h5py.File(os.path.join(directory, "all.h5"), "w") as file:
        for name, values in columns.items():
            file[f"deep/{name}"] = values
    os.mkdir(os.path.join(directory, "below"))
    forms = [{name: f"{{values: {values}}}" for name, values in columns.items()},
             {name: f"{{file: {name}.csv}}" for name in columns},
             {name: f"{{file: all.csv, column: {name}}}" for name in columns},
             {name: f"{{file: all.h5, dataset: deep/{name}}}" for name in columns},
             {name: f"{{file: ../all.csv, column: {name}}}" for name in columns}]
    found = []
    for i, form in enumerate(forms):
        path = volley.write(directory, "below/v.yaml" if i == 4 else "v.yaml", VALUES.format(**form))
        run = volley.run(path, os.path.join(directory, "out"), 2 if i else None)
        found.append((run["spike_hash"], run["connection_hash"], run["populations"]["A"]["spikes"]))
    assert found[0][2] > 5 and len(set(found)) == 1, found
    volley.write(directory, "short.csv", "1\n2\n3\n")
    volley.write(directory, "twice.csv", "a,a,b\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n1,2,3\n")
    volley.write(directory, "text.csv", "1\n2\nx\n4\n5\n")
    volley.write(directory, "wrong.csv", "1\n2\n3\n-1\n5\n")
    for key, form, words in (("weight", "{file: short.csv}", ("value 3 numbers; allowed 5",)),
                             ("I_e", "{file: short.csv}", ("populations.A.params.I_e.file", "value 3 numbers; allowed 5")),
                             ("I_e", "{file: text.csv}", ("text.csv:3", '"x"')),
                             ("I_e", "{file: none.csv}", ("none.csv", "cannot be opened")),
                             ("I_e", "{file: all.csv, column: I_x}", ("no column I_x", "I_e, V_m, weight, delay")),
                             ("I_e", "{file: twice.csv, column: a}", ("two columns are called a",)),
                             ("I_e", "{file: all.csv, dataset: I_e}", ("is not an HDF5 file; give column",)),
                             ("I_e", "{file: all.h5}", ("give dataset",)),
                             ("I_e", "{file: all.h5, dataset: deep/x}", ("deep/x",)),
                             ("I_e", "{file: all.h5, datset: deep/x}", ('did you mean "dataset"',)),
                             ("weight", "{file: wrong.csv}", ("both signs",)),
                             ("delay", "{file: wrong.csv}", ("0 steps",))):
        refused(volley.write(directory, "v.yaml", VALUES.format(**{**forms[0], key: form})), "v.yaml:", *words,
                ranks=(2,) if "text" in form else ())
    many = VALUES.format(**{**forms[0], "delay": 1.0}).replace("one_to_one", "fixed_indegree, indegree: 2")
    refused(volley.write(directory, "v.yaml", many.replace(forms[0]["weight"], "{file: weight.csv}")),
            "not possible", ranks=())


if __name__ == "__main__":
    volley.main([test_forms, test_chain, test_empty, test_rows_refused, test_rounded, test_columns_checked,
                 test_files_refused, test_values])
