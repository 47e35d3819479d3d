# SPDX-License-Identifier: BSD-3-Clause
"""Networks far beyond any machine: `volley check` counts them right or refuses them, `volley run` refuses them before
it allocates anything."""
import os
import resource
from support import volley

CONFIG = """
simulation: {dt: 0.1, duration: 100.0}
populations:
  E: {model: iaf_psc_exp, size: 1000}
  I: {model: iaf_psc_exp, size: 1000}
stimuli:
  noise: {model: poisson, target: E, params: {rate: 10.0, weight: 1.0, delay: 1.0}}
projections:
  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 4}, weight: 1.0, delay: 1.0}
"""
TWO_GB = 2 << 30


def volley_with(directory, command, sets, environment=None):
    """One command, which may take 2 GB (and MPI its share of addresses) and 20 s."""
    arguments = [command, volley.write(directory, "config.yaml", CONFIG)]
    arguments += ["-o", os.path.join(directory, "out"), "-q", "--overwrite"] if command == "run" else []
    for text in sets:
        arguments += ["--set", text]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    done = volley.start(arguments, environment=environment, timeout=20)
    after = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    assert after < TWO_GB or after == before, f"{sets} took {after / 1e9:.2f} GB"
    return done


def test_counted(directory):
    cases = (
        (["populations.E.size=2147483648"], "2147484648 neurons, 8589934592 synapses", "gid 0 to 2147483647",
         "gid 2147483648 to 2147484647"),
        (["populations.E.size=8589934592"], "8589935592 neurons, 34359738368 synapses"),
        (["projections.EE.connect.indegree=8589934592"], "8589934592000 synapses"),
        (["projections.EE.connect={rule: all_to_all}", "populations.E.size=94906265"], "9007199136250225 synapses"),
        (["projections={}", "populations.E.size=9007199254739991"], "9007199254740991 neurons"),
        (["simulation.duration=109951162777.6"], "(1099511627776 steps)"),
        (["simulation.duration=900719925474099.1", "record.start=900719925474099"], "(9007199254740991 steps)"),
        (["exchange.interval=65535", "projections={}"], "exchange every 65535 steps"),
    )
    for sets, *words in cases:
        done = volley_with(directory, "check", sets)
        assert done.returncode == 0, f"{sets}: {done.stderr}"
        for word in words:
            assert word in done.stdout, f"{sets}: {word} is not in\n{done.stdout}"


def test_refused(directory):
    everybody = "projections.EE.connect={rule: all_to_all}"
    cases = (
        (["populations.E.size=9007199254740992"], "populations.E.size: out of range"),
        (["populations.E.size=9007199254740993"], "populations.E.size: out of range"),
        (["populations.E.size=9223372036854775808"], "populations.E.size: out of range"),
        (["populations.E.size=18446744073709551617"], "populations.E.size: out of range"),
        (["projections={}", "populations.E.size=9007199254740000"], "populations: too many neurons"),
        (["populations.E.size=1e15", "scale.neurons=1e6"], "populations.E.size: scaled out of range"),
        (["projections={}", "stimuli={}", "populations.E.size=1e9", "populations.I.size=9e9", "scale.neurons=1e6"],
         "populations: too many neurons: value 1e+16"),
        (["populations.E.size=94906266", everybody], "projections: too many synapses"),
        (["populations.E.size=8589934592", everybody], "projections: too many synapses"),  # 2^66: 0 in 64 bits
        (["populations.E.size=8589934592", everybody, "projections.EE.weight={values: [1.0, 2.0]}"],
         "projections.EE.weight.values: wrong length"),
        (["populations.E.size=4503599627370496"], "projections: too many synapses"),
        (["projections.EE.connect={rule: fixed_total, number: 1e18}"], "projections.EE.connect.number: out of range"),
        (["simulation.duration=900719925474099.2"], "simulation.duration: too many steps"),
        (["simulation.duration=1e300"], "simulation.duration: too many steps"),
        (["record.start=1e300"], "record.start: too many steps"),
        (["projections.EE.delay=1e300"], "projections.EE.delay: a delay can be too long"),
        (["exchange.interval=65536", "projections={}"], "exchange.interval: out of range"),
        (["simulation.threads=4294967297"], "simulation.threads: out of range"),
    )
    for sets, word in cases:
        done = volley_with(directory, "check", sets)
        assert done.returncode == 2 and word in done.stderr, f"{sets}: {done.returncode}\n{done.stderr}"
        assert "allowed" in done.stderr, done.stderr


def test_run(directory):
    """Exit code 3 for what the machine cannot hold; as many steps as one likes, one after another."""
    for sets in (["populations.E.size=68719476736"], ["projections={}", "populations.E.size=9007199254739991"],
                 ["projections.EE.connect.indegree=8589934592"],
                 ["projections.EE.connect={rule: all_to_all}", "populations.E.size=94906265"]):
        done = volley_with(directory, "run", sets)
        assert done.returncode == 3 and "the network needs about" in done.stderr, f"{sets}: {done.stderr}"
        assert len(done.stderr.splitlines()) == 1, done.stderr
    done = volley_with(directory, "run", ["simulation.duration=109951162777.6"], {"VOLLEY_FAULT": "step:0:50"})
    assert done.returncode == 1 and "VOLLEY_FAULT" in done.stderr, done.stderr


if __name__ == "__main__":
    volley.main([test_counted, test_refused, test_run])
