# SPDX-License-Identifier: BSD-3-Clause
"""The tutorials of johannesmik/neurons: SRM0, windowed STDP, the exercise, and both together. The numbers are those of
the equations, the first digits those that were published."""
import numpy
from support import seeds, volley

POTENTIAL = [0, 0.9294978996481843, 0.9173246540452992, 1.8032670128413775, -3.0076253786296525, -2.8597573421704423,
             -2.7202430779610722, -0.7285779509269386, 1.2322688718812929, 0.18879801732048396]
SPIKES = [(0, 1), (2, 0), (3, 2), (6, 0), (6, 1), (7, 0), (7, 1), (8, 2)]
LEARNT = [1.185863366121627, 1.1776624062539147]
COURSE = [1, 1, 1.025, 1.095241870901798, 1.095241870901798, 1.095241870901798, 1.083200959867712, 1.0746849575659299,
          1.185863366121627, 1.185863366121627]
EXERCISE = [0.9935797205425048, 1.177662406253915]


def close(found, expected):
    numpy.testing.assert_allclose(found, expected, rtol=1e-9, atol=0)


def check_learning(directory, projection):
    times, weights = seeds.weights(directory, projection)
    assert list(times) == list(range(10)), times
    close(weights[-1], LEARNT)
    close(weights[:, 0], COURSE)


def srm(directory):
    result, _ = seeds.run(directory, "neurons_srm")
    assert volley.spikes(result, "neurons", dt=1.0) == SPIKES
    numpy.testing.assert_allclose(seeds.state(result, "neurons", "u")[:, 2], POTENTIAL, rtol=0, atol=1e-12)


def stdp(directory):
    result, _ = seeds.run(directory, "neurons_stdp")
    check_learning(result, "learning")


def stdp_exercise(directory):
    result, _ = seeds.run(directory, "neurons_stdp_exercise")
    close(seeds.weights(result, "learning")[1][-1], EXERCISE)


def spike_and_learn(directory):
    result, _ = seeds.run(directory, "neurons_spike_and_learn")
    assert volley.spikes(result, "neurons", dt=1.0) == SPIKES
    check_learning(result, "excitation")


volley.main([srm, stdp, stdp_exercise, spike_and_learn])
