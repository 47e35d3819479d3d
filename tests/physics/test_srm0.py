# SPDX-License-Identifier: BSD-3-Clause
"""srm0 against its equation, summed over all inputs of the window at every step: neurons with parameters of their own,
axonal delays off the grid, a delay of several steps, prescribed spikes and recurrent synapses, on two layouts."""
import math
import os
import numpy
from support import seeds, volley

DT, STEPS, NEURONS, SOURCES, DELAY = 0.1, 2000, 11, 7, 13

draw = numpy.random.RandomState(5)
PARAMS = {
    "threshold": draw.uniform(0.5, 1.0, NEURONS),
    "t_current": draw.uniform(0.3, 3.0, NEURONS),
    "t_membrane": draw.uniform(4.0, 20.0, NEURONS),
    "eta_reset": draw.uniform(1.0, 5.0, NEURONS),
    "axonal_delay": numpy.array([0.0, 0.1, 0.25, 1.3, 1.31, 2.0, 3.77, 12.0, 0.0, 0.0, 1.2]),
    "window": numpy.array([100.0, 5.0, 8.0, 20.0, 1.3, 2.0, 30.0, 10.0, 1.2, 100.0, 1.35]),
    "u_ext": numpy.append(numpy.zeros(NEURONS - 2), [1.2, -0.1]),
}
START = draw.uniform(-0.5, 0.5, NEURONS)
FORCED = {2: [0, 5, 700], 9: [0], 4: [1500]}
INPUT = [numpy.unique(draw.randint(0, STEPS, 90)) for _ in range(SOURCES)]
INPUT[3][0] = 0
EXCITING, INHIBITING = draw.uniform(0.0, 0.4, (NEURONS, SOURCES)), draw.uniform(-0.1, 0.0, (NEURONS, NEURONS))


def response(neuron, lag):
    """eps of an input emitted `lag` steps ago."""
    p = {name: values[neuron] for name, values in PARAMS.items()}
    since = lag * DT - p["axonal_delay"]
    if since <= 0 or lag > math.floor(p["window"] / DT + 1e-6):
        return 0.0
    return (math.exp(-since / p["t_membrane"]) - math.exp(-since / p["t_current"])) / (
        1 - p["t_current"] / p["t_membrane"])


def expected():
    """Potentials [steps + 1, neurons] and spikes of the neurons."""
    kernel = numpy.array([[response(i, lag) for lag in range(STEPS + 1)] for i in range(NEURONS)])
    came = numpy.zeros((NEURONS, STEPS + 1))  # weights by step of emission
    for source, train in enumerate(INPUT):
        came[:, train] += EXCITING[:, [source]]
    u, last, spikes = numpy.zeros((STEPS + 1, NEURONS)), [None] * NEURONS, []
    u[0] = START
    for t in range(STEPS + 1):
        fired = []
        for i in range(NEURONS):
            if t > 0:
                own = 0.0
                if last[i] is not None:
                    own = -PARAMS["eta_reset"][i] * math.exp(-(t - last[i]) * DT / PARAMS["t_membrane"][i])
                u[t, i] = own + PARAMS["u_ext"][i] + sum(
                    came[i, t - lag] * kernel[i, lag] for lag in range(DELAY, t + 1) if kernel[i, lag] != 0.0)
            threshold = PARAMS["threshold"][i]
            if (t > 0 and u[t, i] > threshold > u[t - 1, i]) or t in FORCED.get(i, []):
                fired.append(i)
                spikes.append((t, i))
        for i in fired:
            last[i] = t
            came[:, t] += INHIBITING[:, i]
    return u, spikes


def numbers(values):
    return "[" + ", ".join(repr(float(value)) for value in values) + "]"


def times(trains):
    return "[" + ", ".join(numbers(round(t * DT, 6) for t in train) for train in trains) + "]"


def config(directory):
    params = ", ".join(f"{name}: {{values: {numbers(values)}}}" for name, values in PARAMS.items())
    forced = times([FORCED.get(i, []) for i in range(NEURONS)])
    # all_to_all numbers the synapses by target, then source
    return volley.write(directory, "srm0.yaml", f"""
simulation: {{dt: {DT}, duration: {STEPS * DT}}}
populations:
  input: {{model: spike_source, size: {SOURCES}, params: {{spike_times: {times(INPUT)}}}}}
  neurons:
    model: srm0
    size: {NEURONS}
    params: {{{params}, spike_times: {forced}}}
    init: {{u: {{values: {numbers(START)}}}}}
projections:
  exciting: {{source: input, target: neurons, connect: {{rule: all_to_all}}, weight_precision: float64, delay: 1.3,
             weight: {{values: {numbers(EXCITING.ravel())}}}}}
  inhibiting: {{source: neurons, target: neurons, connect: {{rule: all_to_all}}, weight_precision: float64, delay: 1.3,
               weight: {{values: {numbers(INHIBITING.ravel())}}}}}
record:
  state: [{{population: neurons, variables: [u], precision: float64}}]
""")


def equation(directory):
    path, (u, spikes) = config(directory), expected()
    counts = numpy.bincount([i for _, i in spikes], minlength=NEURONS)
    assert counts.max() > 20 and len(spikes) > 50, counts
    for ranks, threads in ((1, 1), (3, 2)):
        result = os.path.join(directory, f"result-{ranks}")
        volley.run(path, result, ranks=ranks, threads=threads)
        assert volley.spikes(result, "neurons") == spikes
        numpy.testing.assert_allclose(seeds.state(result, "neurons", "u"), u, rtol=0, atol=1e-12)


def refuse(directory, text, *needed):
    path = volley.write(directory, "bad.yaml", text)
    done = volley.start(["run", path, "-o", os.path.join(directory, "none")])
    assert done.returncode == 2, done
    for part in needed:
        assert part in done.stderr, f"{part!r} is not in {done.stderr!r}"


NETWORK = """
simulation: {{dt: 1.0, duration: 10.0}}
populations:
  a: {{model: spike_source, size: 2}}
  b: {{model: srm0, size: 2, params: {{{}}}}}
projections:
  first: {{source: a, target: b, connect: {{rule: all_to_all}}, weight: 1.0, delay: 1.0}}
  second: {{source: a, target: b, connect: {{rule: all_to_all}}, weight: 1.0, delay: {}}}
"""


def refused(directory):
    refuse(directory, NETWORK.format("", "2.0"), "bad.yaml:8", "delay", "value 2 ms", "allowed 1 ms")
    refuse(directory, NETWORK.format("", "{uniform: {low: 1.0, high: 3.0}}"), "bad.yaml:8", "delay", "one number")
    refuse(directory, NETWORK.format("t_current: 20.0", "1.0"), "t_current", "t_membrane", "20")
    refuse(directory, NETWORK.format("spike_times: [[1.0], [2.0], [3.0]]", "1.0"), "spike_times", "at most 2")


volley.main([equation, refused])
