"""limits.max_rate: a population that fires too fast ends the run, on all ranks, with what was recorded kept."""
import os
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
    message = "volley: population cells fires too fast: 200 Hz on average from 100 to 200 ms; " \
              "limits.max_rate allows at most 199.5 Hz"
    kept = []
    for ranks in (None, 3):
        # the last of them: the excess is found in the last step, after which there is no exchange
        for number, text in enumerate(("exchange.interval=step", "exchange.interval=min_delay",
                                       "exchange.interval=3", "simulation.duration=200.0")):
            done, out = start(directory, 199.5, ranks, f"fast{ranks}_{number}", text)
            check(done, 1, message)
            check_segments(out)
            kept.append(sum(spikes_of(segment) for segment in segments(out)))
    assert kept == [200] * len(kept), f"spikes of the cells that were kept: {kept}"


def spikes_of(segment):
    import h5py

    with h5py.File(segment, "r") as file:
        return len(file["spikes/cells/timestamps"])


def test_not_exceeded(directory):
    """The limit itself is allowed, and sources may fire as they like."""
    for ranks in (None, 3):
        done, out = start(directory, 200.0, ranks, f"slow{ranks}")
        assert done.returncode == 0, done.stderr
        assert len(volley.spikes(out, "cells")) == 200
    done, out = start(directory, 0.5, None, "start", "populations.pulses.params.spike_times=[[1.0]]")
    check(done, 1, "cells", "10 Hz", "from 0 to 100 ms", "0.5 Hz")


def test_key(directory):
    for text, *words in (("limits.max_rate=0", "out of range", "value 0"), ("limits.max_rate=fast", "a finite number"),
                         ("limits.max_rates=3", "unknown key", 'did you mean "max_rate"'), ("limits=3", "a mapping")):
        config = volley.write(directory, "config.yaml", CONFIG)
        done = volley.start(["check", config, "--set", text])
        check(done, 2, *words)
    assert volley.start(["check", config, "--set", "limits={}"]).returncode == 0


if __name__ == "__main__":
    volley.main([test_exceeded, test_not_exceeded, test_key])
