# SPDX-License-Identifier: BSD-3-Clause
"""limits.max_rate: a population that fires too fast ends the run, on all ranks, with what was recorded kept.
limits.max_wait: so does a rank that the others wait for in vain."""
import os
import re
from failing import SMALL_BUFFER, check, check_segments, segments
from support import volley

# Each pulse makes each cell fire once, 0.5 ms later: 20 spikes from 100 to 200 ms are 200 Hz, exactly.
PULSES = [101.0 + 5.0 * i for i in range(20)]
CONFIG = f"""
simulation: {{dt: 0.1, duration: 400.0, seed: 1}}
populations:
  pulses: {{model: spike_source, size: 1, params: {{spike_times: [{PULSES}]}}}}
  quiet: {{model: iaf_psc_delta, size: 7}}
  cells: {{model: iaf_psc_delta, size: 10}}
projections:
  drive: {{source: pulses, target: cells, connect: {{rule: all_to_all}}, weight: 20.0, delay: 0.5}}
"""


def start(directory, limit, ranks, name, *sets):
    config = volley.write(directory, "config.yaml", CONFIG)
    out = os.path.join(directory, name)
    arguments = ["run", config, "-o", out, "-q", "--threads", 2, "--set", f"limits.max_rate={limit}"]
    for text in sets:
        arguments += ["--set", text]
    return volley.start(arguments, ranks, SMALL_BUFFER, timeout=30), out


def test_exceeded(directory):
    """Found at the twentieth spike, whatever the layout."""
    message = "volley: population cells fires too fast: 200 Hz on average over the 100 ms up to 196.5 ms; " \
              "limits.max_rate allows at most 199.5 Hz"
    kept = []
    for ranks, method in ((None, "allgather"), (3, "allgather"), (3, "neighbour")):
        # the last of them: the excess is found in the last step, after which there is no exchange
        for number, text in enumerate(("exchange.interval=step", "exchange.interval=min_delay",
                                       "exchange.interval=3", "simulation.duration=196.5")):
            done, out = start(directory, 199.5, ranks, f"fast{ranks}_{method}_{number}", text, f"exchange.method={method}")
            check(done, 1, message)
            check_segments(out)
            kept.append(sum(spikes_of(segment) for segment in segments(out)))
    assert kept == [200] * len(kept), f"spikes of the cells that were kept: {kept}"


def spikes_of(segment):
    import h5py

    with h5py.File(segment, "r") as file:
        return len(file["spikes/cells/timestamps"])


def test_window(directory):
    """Any 100 ms, not only those from one multiple to the next; its start is outside."""
    def pulses(times):
        return f"populations.pulses.params.spike_times=[{times}]"

    done, _ = start(directory, 199.5, None, "straddling", pulses([151.0 + 5.0 * i for i in range(20)]))
    check(done, 1, "cells", "200 Hz", "up to 246.5 ms")
    done, _ = start(directory, 15.0, None, "inside", pulses([50.0, 149.9]))
    check(done, 1, "cells", "20 Hz", "up to 150.4 ms")
    done, _ = start(directory, 15.0, None, "outside", pulses([50.0, 150.0, 250.0]))
    assert done.returncode == 0, done.stderr
    done, _ = start(directory, 0.5, None, "start", pulses([1.0]))
    check(done, 1, "cells", "10 Hz", "up to 1.5 ms", "0.5 Hz")


RECORD = """
record:
  state:
    - {population: cells, variables: [V_m], interval: 0.3, precision: float64}
    - {population: quiet, variables: [V_m], interval: 0.1, neurons: {ids: [1, 5]}}
  rates: {interval: 7.0}
"""


def recorded(out):
    """States and rates of a directory: name -> (values, times)."""
    import h5py
    import numpy

    found = {}
    for population in ("cells", "quiet"):
        with h5py.File(os.path.join(out, f"state_{population}_V_m.h5"), "r") as file:
            group = file[f"report/{population}"]
            first, end, interval = group["mapping/time"][:]
            data = group["data"][:]
            assert len(data) == round((end - first) / interval), (len(data), end)
            found[population] = data, first + interval * numpy.arange(len(data)), group["mapping/node_ids"][:].tolist()
    with h5py.File(os.path.join(out, "rates.h5"), "r") as file:
        found["rates"] = file["rates/cells/rate"][:], file["rates/cells/time"][:], [0]
    return found


def test_recorded(directory):
    """What was recorded up to the stop is kept: what a run without a limit has up to there. The stop is that of the
    exchange after the one that found the excess; intervals begin anew at step 1,000, where states are looked at."""
    import numpy

    config = volley.write(directory, "config.yaml", CONFIG + RECORD)
    whole = os.path.join(directory, "whole")
    volley.run(config, whole)
    expected = recorded(whole)
    for ranks, interval, stop in ((None, 1, 1966), (3, 1, 1966), (3, 5, 1970), (2, 3, 1969)):
        out = os.path.join(directory, f"out{ranks}_{interval}")
        done = volley.start(["run", config, "-o", out, "-q", "--threads", 2, "--set", "limits.max_rate=199.5",
                             "--set", f"exchange.interval={interval}"], ranks, SMALL_BUFFER, timeout=30)
        check(done, 1, "fires too fast", "up to 196.5 ms")
        check_segments(out)
        assert not [name for name in os.listdir(out) if ".tmp" in name], os.listdir(out)
        found = recorded(out)
        for name, frames in (("cells", stop // 3 + 1), ("quiet", stop + 1), ("rates", stop // 70)):
            values, times, ids = found[name]
            assert len(values) == frames, (name, len(values), frames)
            assert numpy.array_equal(values, expected[name][0][:frames]) and ids == expected[name][2]
            assert numpy.allclose(times, expected[name][1][:frames], rtol=0, atol=1e-9)
    late = ["--set", "record.start=300.0"]
    out = os.path.join(directory, "late")
    done = volley.start(["run", config, "-o", out, "-q", "--set", "limits.max_rate=199.5", *late], 2)
    check(done, 1, "fires too fast")
    assert [name for name in os.listdir(out) if name.startswith("state")] == [], os.listdir(out)


def test_not_exceeded(directory):
    """The limit itself is allowed, and sources may fire as they like."""
    for ranks in (None, 3):
        done, out = start(directory, 200.0, ranks, f"slow{ranks}")
        assert done.returncode == 0, done.stderr
        assert len(volley.spikes(out, "cells")) == 200


def test_key(directory):
    for text, *words in (("limits.max_rate=0", "out of range", "value 0"), ("limits.max_rate=fast", "a finite number"),
                         ("limits.max_rates=3", "unknown key", 'did you mean "max_rate"'), ("limits=3", "a mapping")):
        config = volley.write(directory, "config.yaml", CONFIG)
        done = volley.start(["check", config, "--set", text])
        check(done, 2, *words)
    assert volley.start(["check", config, "--set", "limits={}"]).returncode == 0


def test_max_wait(directory):
    """Rank 1 stops inside a step; the others, which wait inside MPI, say for which one, and all end."""
    config = volley.write(directory, "config.yaml", CONFIG)
    done = volley.start(["run", config, "-o", os.path.join(directory, "stopped"), "-q", "--threads", 2, "--set",
                         "limits.max_wait=3", "--set", "exchange.method=neighbour"], 3,
                        {"VOLLEY_FAULT": "step:1:1200:stop"}, timeout=60)
    found = re.search(r"volley: limits.max_wait ends the run: rank 0 has waited \d s at (\S+) ms of model time for "
                      r"rank 1 \(process \d+ on \S+\)\n", done.stderr)
    assert done.returncode == 1 and found and done.stderr.count("volley: ") == 1, done.stderr
    assert abs(float(found.group(1)) - 120.1) < 1e-9, found.group(1)
    done, _ = start(directory, 1000.0, 3, "fine", "limits.max_wait=60")
    assert done.returncode == 0, done.stderr


if __name__ == "__main__":
    volley.main([test_exceeded, test_window, test_recorded, test_not_exceeded, test_key, test_max_wait])
