# SPDX-License-Identifier: BSD-3-Clause
"""Every model, stimulus and rule of the registries in one run: the config that `volley describe config` prints, made
lively, gives the same spikes and states on every layout. A new row is covered by its place in that config."""
import os
import re
import h5py
from support import volley

# What makes the reference's stimuli strong enough for spikes; a new stimulus runs as described.
LIVELY = ["stimuli.poisson.params.rate=9000", "stimuli.poisson.params.weight=90", "stimuli.noise.params.std=900",
          "stimuli.noise.params.mean=100", "populations.aeif_psc_exp.params={I_e: 700}",
          "populations.hh_psc_alpha.params={I_e: 700}", "simulation.duration=100", "limits=null", "record.spikes=null"]
LAYOUTS = [(1, 1, []), (1, 3, ["partition.method=block"]), (3, 1, []), (2, 2, ["exchange.interval=min_delay"]),
           (4, 1, ["partition.method=round_robin"])]


def described(*names):
    done = volley.start(["describe", *names])
    assert done.returncode == 0, done.stderr
    return done.stdout


def every_model():
    """--set texts: all states of all models are recorded, all that take input get that of the poisson stimulus, those
    that repeat spikes a train of weight 1. The reference has one population of each model, with the model's name."""
    items, targets, relays = [], [], []
    for part in described("neuron").split("\n\n"):
        name = re.match(r"neuron (\w+):", part)[1]
        rows = part.split("states (init)")[1].splitlines()[2:] if "states (init)" in part else []
        if rows:
            variables = ", ".join(row.split()[0] for row in rows)
            items.append(f"{{population: {name}, variables: [{variables}], precision: float64}}")
        if "weights of its synapses in" in part:
            targets.append(name)
        elif "weights of its synapses are 1" in part:
            relays.append(name)
    assert len(items) >= 3 and len(targets) >= len(items) and relays
    return [f"record.state=[{', '.join(items)}]", f"stimuli.poisson.target=[{', '.join(targets)}]",
            f"stimuli.trains={{model: poisson, target: [{', '.join(relays)}], params: {{rate: 20000}}}}"]


def files_of(directory):
    """All recorded numbers, byte for byte."""
    found = {}
    for name in sorted(os.listdir(directory)):
        if not name.endswith(".h5"):
            continue
        with h5py.File(os.path.join(directory, name)) as file:
            def keep(path, item, name=name):
                if isinstance(item, h5py.Dataset):
                    found[name, path] = item[:].tobytes()
            file.visititems(keep)
    return found


def test_every_row_on_every_layout(directory):
    path = volley.write(directory, "reference.yaml", described("config"))
    sets, first, hashes = [*LIVELY, *every_model()], None, None
    for ranks, threads, more in LAYOUTS:
        out = os.path.join(directory, f"{ranks}x{threads}")
        run = volley.run(path, out, ranks, threads, sets + more)
        found = files_of(out)
        here = run["spike_hash"], run["connection_hash"]
        if first is None:
            first, hashes = found, here
            for name, population in run["populations"].items():
                assert population["spikes"] > 0, f"{name} is silent and tells nothing"
        assert here == hashes, f"{ranks} x {threads}: {here}, not {hashes}"
        wrong = [key for key in first if found.get(key) != first[key]]
        assert found.keys() == first.keys() and not wrong, f"{ranks} x {threads}: other bytes in {wrong}"
    print(f"{len(first)} datasets equal on {len(LAYOUTS)} layouts")


if __name__ == "__main__":
    volley.main([test_every_row_on_every_layout])
