# SPDX-License-Identifier: BSD-3-Clause
"""Results of volley as objects of Neo, for Elephant and others: `import volley_neo` from this folder, or a copy of it.

    block = volley_neo.read("results/balanced")
    trains = [train for train in block.segments[0].spiketrains if train.annotations["population"] == "E"]

Needs h5py, numpy and neo (Debian: python3-h5py python3-numpy python3-neo)."""
import glob
import os

import h5py
import neo
import numpy
import quantities


def read_spikes(directory, populations=None):
    """One neo.SpikeTrain in ms for each neuron, by population and node id, annotated with both. Of a population that
    is recorded whole these are all neurons; of a recorded subset, whose silent neurons the file does not name,
    those that fired. All trains are in memory at once."""
    trains = []
    with h5py.File(os.path.join(directory, "spikes.h5"), "r") as file:
        start, stop = float(file.attrs["recorded_from_ms"]), float(file.attrs["recorded_until_ms"])
        for name in file["spikes"] if populations is None else populations:
            group = file["spikes"][name]
            times, ids = group["timestamps"][:], group["node_ids"][:].astype(numpy.int64)
            order = numpy.argsort(ids, kind="stable")
            times, ids = times[order], ids[order]
            neurons = numpy.unique(ids) if "recorded_neurons" in group.attrs else numpy.arange(int(group.attrs["size"]))
            ends = numpy.searchsorted(ids, neurons, side="right")
            for neuron, first, end in zip(neurons, numpy.searchsorted(ids, neurons), ends):
                trains.append(neo.SpikeTrain(times[first:end], units="ms", t_start=start, t_stop=stop,
                                             population=name, node_id=int(neuron)))
    return trains


def read_states(directory):
    """One neo.AnalogSignal for each recorded variable of a population, a channel for each neuron. The name of the
    signal is the variable; array_annotations has the node ids."""
    signals = []
    for path in sorted(glob.glob(os.path.join(glob.escape(directory), "state_*.h5"))):
        with h5py.File(path, "r") as file:
            for population, group in file["report"].items():
                data, (start, _, interval) = group["data"], group["mapping/time"][:]
                unit = data.attrs["units"]
                signals.append(neo.AnalogSignal(
                    data[:], units="dimensionless" if unit == "1" else unit, t_start=start * quantities.ms,
                    sampling_period=interval * quantities.ms, name=data.attrs["variable"], population=population,
                    array_annotations={"node_id": group["mapping/node_ids"][:].astype(numpy.int64)}))
    return signals


def read(directory, populations=None):
    """A neo.Block with one segment: spike trains and states of a run that has ended."""
    segment = neo.Segment(name=os.path.basename(os.path.abspath(directory)))
    segment.spiketrains.extend(read_spikes(directory, populations))
    segment.analogsignals.extend(read_states(directory))
    block = neo.Block(name=segment.name, file_origin=os.path.abspath(directory))
    block.segments.append(segment)
    return block
