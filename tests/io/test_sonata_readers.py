# SPDX-License-Identifier: BSD-3-Clause
"""Spike files and reports under the rules of their readers: libsonata (Blue Brain), bmtk and pysonata (Allen
Institute), each rule as its source has it."""
import os

import h5py
import numpy as np
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 50.0, seed: 5}
populations:
  E: {model: iaf_psc_alpha, size: 23, params: {I_e: {uniform: {low: 600, high: 1200}}}}
  I: {model: iaf_psc_exp, size: 7, params: {I_e: 900}}
  quiet: {model: iaf_psc_exp, size: 3}
projections:
  E_to_I: {source: E, target: I, connect: {rule: fixed_indegree, indegree: 4}, weight: 20, delay: 1.5}
record:
  state:
    - {population: E, variables: [V_m, I_syn_ex], interval: 0.5}
    - {population: E, variables: [V_m], neurons: {ids: [4, 20, 9]}, interval: 0.3, start: 10.0, stop: 20.0, name: three}
    - {population: I, variables: [V_m], neurons: {first: 2}, precision: float32}
"""
REPORTS = {"state_E_V_m.h5": ("E", range(23), 0.0, 0.5, 101), "state_E_I_syn_ex.h5": ("E", range(23), 0.0, 0.5, 101),
           "three.h5": ("E", [4, 9, 20], 10.2, 0.3, 33), "state_I_V_m.h5": ("I", [0, 1], 0.0, 0.1, 501)}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def check_root(file):
    """The developer guide: magic is a uint32, version two of them."""
    assert int(file.attrs["magic"]) == 0x0A7A and file.attrs["magic"].dtype == np.uint32
    assert file.attrs["version"].shape == (2,) and file.attrs["version"].dtype == np.uint32


def check_spikes(path):
    with h5py.File(path) as file:
        check_root(file)
        # libsonata takes every child of /spikes for a population
        assert sorted(file["spikes"]) == ["E", "I", "quiet"]
        for population in file["spikes"].values():
            assert isinstance(population, h5py.Group)
            times, ids = population["timestamps"], population["node_ids"]
            assert times.dtype == "<f8" and ids.dtype == "<u8" and times.ndim == ids.ndim == 1
            assert times.shape == ids.shape
            assert text(times.attrs["units"]) == "ms"  # libsonata throws without
            # an enum whose members libsonata finds by name; a plain number or text would make it fail
            members = h5py.check_enum_dtype(population.attrs.get_id("sorting").dtype)
            assert members == {"none": 0, "by_id": 1, "by_time": 2}
            assert population.attrs.get_id("sorting").shape == () and population.attrs["sorting"] == 2
            pairs = np.rec.fromarrays([times[:], ids[:]])
            assert np.array_equal(np.sort(pairs), pairs)  # trusted by libsonata's queries by time
        assert len(file["spikes/quiet/timestamps"]) == 0 and len(file["spikes/E/timestamps"]) > 50


def check_report(path, population, nodes, start, step, frames):
    with h5py.File(path) as file:
        check_root(file)
        assert list(file["report"]) == [population]
        report = file[f"report/{population}"]
        data, mapping = report["data"], report["mapping"]
        assert data.dtype == "<f4" and data.ndim == 2  # libsonata: a float of 4 bytes, else it throws
        assert text(data.attrs["units"]) and text(data.attrs["variable"])
        n = len(nodes)
        assert mapping["node_ids"].dtype == "<u8" and list(mapping["node_ids"]) == list(nodes)
        # libsonata: N + 1 pointers, else it throws; bmtk spells the name without s and asks for as many
        for name in ("index_pointers", "index_pointer"):
            pointers = mapping[name]
            assert pointers.dtype == "<u8" and list(pointers) == list(range(n + 1)), name
        assert mapping["element_ids"].dtype == "<u4" and mapping["element_ids"].shape == (n,)
        assert mapping["element_pos"].dtype == "<f4" and mapping["element_pos"].shape == (n,)  # bmtk
        assert data.shape == (frames, pointers[-1])
        time = mapping["time"]
        assert time.dtype == "<f8" and time.shape == (3,) and text(time.attrs["units"]) == "ms"
        assert np.allclose(time[:], [start, start + frames * step, step], atol=1e-9)
        # how libsonata counts frames, and how bmtk does
        count, at = 0, time[0]
        while at < time[1] - 1e-6:
            count, at = count + 1, time[0] + (count + 1) * time[2]
        assert count == frames
        assert int((time[1] - time[0]) / time[2] + 1e-6) == frames
        assert np.all(np.isfinite(data[:]))


def test_rules(directory):
    config = volley.write(directory, "net.yaml", CONFIG)
    for ranks in (1, 3):
        out = os.path.join(directory, str(ranks))
        volley.run(config, out, ranks=ranks)
        check_spikes(os.path.join(out, "spikes.h5"))
        for name, report in REPORTS.items():
            check_report(os.path.join(out, name), *report)
    with h5py.File(os.path.join(out, "three.h5")) as three, h5py.File(os.path.join(out, "state_E_V_m.h5")) as whole:
        # frames that both have: every 1.5 ms
        mine = three["report/E/data"][:][1::5]
        other = whole["report/E/data"][:][21::3, [4, 9, 20]][:len(mine)]
        assert np.array_equal(mine, other)


volley.main([test_rules])
