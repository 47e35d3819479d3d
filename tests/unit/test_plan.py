# SPDX-License-Identifier: BSD-3-Clause
"""volley plan: forecasts by arithmetic, of networks of any size, and what a run says about them afterwards."""
import json
import os
import resource
from support import volley

HUGE = """
simulation: {dt: 0.1, duration: 1000.0}
exchange: {interval: min_delay}
populations:
  E: {model: iaf_psc_exp, size: 80000000, expected_rate: 5.0}
  I: {model: iaf_psc_exp, size: 20000000}
projections:
  EE: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 8000}, weight: 1.0, delay: 1.5}
  EI: {source: E, target: I, connect: {rule: fixed_indegree, indegree: 8000}, weight: 1.0, delay: 1.5}
  IE: {source: I, target: E, connect: {rule: fixed_indegree, indegree: 2000},
       weight: {normal: {mean: -4.0, std: 0.4, max: 0.0}}, delay: {normal: {mean: 1.5, std: 0.5, min: 0.5}}}
  II: {source: I, target: I, connect: {rule: fixed_indegree, indegree: 2000}, weight: -4.0, delay: 1.5}
"""
SMALL = """
simulation: {dt: 0.1, duration: 100.0}
populations:
  A: {model: iaf_psc_exp, size: 20000, expected_rate: 1.0}
projections:
  AA: {source: A, target: A, connect: {rule: fixed_indegree, indegree: 1000},
       weight: {normal: {mean: 1.0, std: 0.1, min: 0.0}}, delay: {uniform: {low: 0.5, high: 3.0}}}
"""
UNITS = {"kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}


def plan(directory, text, *arguments, environment=None):
    config = volley.write(directory, "net.yaml", text)
    nowhere = {"XDG_CACHE_HOME": os.path.join(directory, "none"), **(environment or {})}
    done = volley.start(["plan", config, *arguments], environment=nowhere, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def values(text):
    """Names and numbers of the indented lines, bytes for memory."""
    found = {}
    for line in text.splitlines():
        name, words = line[2:22].strip(), line[22:].split()
        if not line.startswith("  ") or len(line) < 24 or not words:
            continue
        try:
            number = float(words[0])
        except ValueError:
            continue
        found.setdefault(name, number * (UNITS.get(words[1].rstrip(";"), 1.0) if len(words) > 1 else 1.0))
    return found


def test_huge(directory):
    """10^8 neurons and 10^12 synapses, in seconds of CPU time and without their memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    text = plan(directory, HUGE, "--ranks", 4096, "--threads", 16, "--memory-per-node", 256)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 10.0 and after.ru_maxrss * 1024 < 5e8, (before, after)
    assert "1e+12 synapses" in text and "assumed 8 Hz" in text and text.count(" I\n") == 1, text
    found = values(text)
    # of 10^12 / 4096 synapses a rank: E and half of I's targets constant weights, the rest with floats
    ranks = 4096
    constant = 2.0 * (8000 * 1e8 + 2000 * 2e7) / ranks
    floats = 6.0 * 2000 * 8e7 / ranks
    assert abs(found["synapses_constant"] / constant - 1) < 0.05, (found, constant)
    assert 0 <= found["synapses_float32"] / floats - 1 < 0.2, (found, floats)  # whole pages
    assert abs(found["source_map"] - 0.1875e8) < 0.1e6, found
    spikes = (5.0 * 8e7 + 8.0 * 2e7) * 0.5e-3  # of the smallest delay
    assert f"{spikes:.3g} of all ranks" in text or f"{spikes:.3g} spikes of all ranks" in text, text
    assert "suggestion" in text and "real-time factor" in text, text


def test_rates(directory):
    """Those of an earlier result come before those of the config, and make the calendar's work."""
    os.mkdir(os.path.join(directory, "result"))
    with open(os.path.join(directory, "result", "run.json"), "w", encoding="utf-8") as file:
        json.dump({"populations": {"A": {"rate_hz": 10.0}}}, file)
    slow = values(plan(directory, SMALL, "--ranks", 2))
    fast = values(plan(directory, SMALL, "--ranks", 2, "--rates", os.path.join(directory, "result")))
    for name in ("arrive, static", "calendar"):
        assert abs(fast[name] / slow[name] - 10.0) < 0.5, (name, slow, fast)
    assert fast["update"] < 2.0 * slow["update"]


def test_warning(directory):
    """Many ranks for a small network: the exchange is what takes time."""
    assert "WARNING: the exchange" in plan(directory, SMALL, "--ranks", 4096)
    assert "WARNING" not in plan(directory, SMALL, "--ranks", 1)


def test_used(directory):
    """A run uses the memory that was forecast, by purpose and in all."""
    config = volley.write(directory, "net.yaml", SMALL)
    for ranks, threads in ((1, 2), (2, 1)):
        run = volley.run(config, os.path.join(directory, "out"), ranks=ranks, threads=threads)
        used, predicted = run["bytes"]["peak_rss_total"], run["bytes"]["predicted"]
        shadowed = "TSAN_OPTIONS" in os.environ  # the thread sanitizer keeps four bytes for each one that is touched
        assert shadowed or abs(predicted / used - 1) < 0.1, f"{ranks} x {threads}: {predicted} predicted, {used} used"
        parts = run["bytes"]["predicted_by"]
        assert abs(sum(parts.values()) / predicted - 1) < 0.05, parts  # those of rank 0 stand for all
        # 20 million synapses of 6 bytes, of 8 while they are built
        assert abs(parts["synapses_float32"] - 120e6) < 10e6, parts


# What does not grow with synapses: in each of them one thing takes most of the memory.
LARGE = {
    "decay tables": """
simulation: {dt: 0.001, duration: 1.0}
populations: {A: {model: iaf_psc_exp, size: 4}}
projections:
  p: {source: A, target: A, connect: {rule: all_to_all}, weight: 1.0, delay: 1.0, dendritic_delay: all,
      plasticity: {rule: stdp_triplet, params: {tau_plus: 100, tau_minus: 100, tau_plus_triplet: 100, tau_minus_triplet: 50}}}
  q: {source: A, target: A, connect: {rule: all_to_all}, weight: 1.0, delay: 1.0,
      plasticity: {rule: stdp, params: {tau_plus: 50, tau_minus: 50}}}
""",
    "values": """
simulation: {dt: 0.1, duration: 1.0}
populations: {A: {model: iaf_psc_exp, size: 300000, params: {I_e: {file: numbers.csv}}}}
record: {spikes: []}
""",
    "positions": """
simulation: {dt: 0.1, duration: 1.0}
populations: {A: {model: iaf_psc_exp, size: 300000, positions: {file: numbers.csv, dimensions: 3}}}
record: {spikes: [], positions: false}
""",
    "edges": """
simulation: {dt: 0.1, duration: 1.0}
populations: {A: {model: iaf_psc_exp, size: 300000}}
projections: {p: {source: A, target: A, connect: {rule: list, file: numbers.csv}, weight: 1.0}}
record: {spikes: []}
""",
    "long delays": """
simulation: {dt: 0.1, duration: 20000.0}
populations: {A: {model: iaf_psc_exp, size: 2}}
projections:
  p: {source: A, target: A, connect: {rule: all_to_all}, weight: 1.0, delay: 6000.0}
  q: {source: A, target: A, connect: {rule: all_to_all}, weight: 1.0, delay: 6000.0, plasticity: {rule: stdp}}
  r: {source: A, target: A, connect: {rule: all_to_all}, weight: 1.0, delay: 6000.0, plasticity: {rule: stdp}}
exchange: {interval: min_delay}
""",
    "populations": "simulation: {dt: 0.1, duration: 1.0}\npopulations:\n"
                   + "".join(f"  P{i}: {{model: iaf_psc_exp, size: 1}}\n" for i in range(1500)),
}


def test_used_by_others(directory):
    """The same, within a tenth or 4 MB, and so says the plan; peaks of the process that starts a run do not count."""
    with open(os.path.join(directory, "numbers.csv"), "w", encoding="utf-8") as file:
        file.write("I_e,x,y,z,source,target,delay\n")
        for i in range(300000):
            file.write(f"{i % 7},{i % 11}.5,{i % 13},{i % 17},{i * 7 % 300000},{i},{1 + i % 5}\n")
    if "TSAN_OPTIONS" in os.environ or "ASAN_OPTIONS" in os.environ:
        return  # sanitizers keep bytes of their own
    ballast = bytearray(200_000_000)
    for name, text in LARGE.items():
        text = text.replace("file: numbers.csv}}}", "file: numbers.csv, column: I_e}}}")
        config = volley.write(directory, "net.yaml", text)
        run = volley.run(config, os.path.join(directory, "out"))
        used, predicted = run["bytes"]["peak_rss_total"], run["bytes"]["predicted"]
        assert abs(predicted - used) < max(0.1 * used, 4e6), f"{name}: {predicted} predicted, {used} used"
        planned = values(plan(directory, text, "--ranks", 1))["peak"]
        assert abs(planned - used) < max(0.1 * used, 7e6), f"{name}: {planned} planned, {used} used"
    assert len(ballast) > used


def test_calibration(directory):
    """It is used where it lies, by the plan and by a run, and tells its machine."""
    cache = os.path.join(directory, "cache")
    path = os.path.join(cache, "volley", "machine.json")
    done = volley.start(["plan", "--calibrate", "--threads", 1, "-q"], timeout=500,
                        environment={"XDG_CACHE_HOME": cache, "TMPDIR": directory})
    assert done.returncode == 0 and done.stdout.strip() == path and not done.stderr, done
    assert not [name for name in os.listdir(directory) if name.startswith("volley-calibration-")], os.listdir(directory)
    with open(path, encoding="utf-8") as file:
        machine = json.load(file)
    assert all(machine["update_ns"][name] > 0 for name in ("iaf_psc_exp", "iaf_psc_alpha", "iaf_psc_delta")), machine
    assert machine["constant_ns"] > 0 and machine["connect_ns"]["fixed_indegree"] > 0, machine
    assert 1e7 < machine["process_bytes"] < 1e9, machine
    text = plan(directory, SMALL, "--ranks", 1, environment={"XDG_CACHE_HOME": cache})
    assert path in text and "typical constants" not in text, text
    config = volley.write(directory, "net.yaml", SMALL)
    run = volley.run(config, os.path.join(directory, "out"), environment={"XDG_CACHE_HOME": cache})
    assert all(run["time_s_predicted"][key] > 0 for key in ("build", "simulate", "write")), run
    found = values(plan(directory, SMALL, "--ranks", 1, "--machine", path))
    assert abs(found["build"] / run["time_s_predicted"]["build"] - 1) < 0.01, found
    machine["float32_ns"] += 1e6
    with open(path, "w", encoding="utf-8") as file:
        json.dump(machine, file)
    slower = values(plan(directory, SMALL, "--ranks", 1, "--machine", path))
    # 2,000 spikes of 1,000 events each
    assert abs(slower["arrive, static"] - found["arrive, static"] - 2000.0) < 20.0, (found, slower)


def test_refused(directory):
    config = volley.write(directory, "net.yaml", SMALL)
    broken = volley.write(directory, "broken.json", "{}")
    cases = ((["plan"], "no config"), (["plan", config], "--ranks R is missing"),
             (["plan", config, "--ranks"], "--ranks needs a value"), (["plan", config, "--ranks", "0"], "--ranks 0"),
             (["plan", config, "--ranks", "two"], "--ranks two"), (["plan", config, "--rank", "2"], "unknown option"),
             (["plan", config, "--ranks", "2", "--memory-per-node", "-3"], "--memory-per-node -3"),
             (["plan", config, "--ranks", "2", "--threads", "9", "--cores-per-node", "8"], "allowed up to 8"),
             (["plan", config, "--ranks", "2", "--rates", directory], "run.json"),
             (["plan", config, "--ranks", "2", "--machine", broken], "broken.json"),
             (["plan", config, "--ranks", "2", "--set", "populations.A.sise=3"], "sise"),
             (["plan", "--calibrate", config], "takes no config"))
    for arguments, word in cases:
        done = volley.start(arguments, environment={"XDG_CACHE_HOME": directory})
        assert done.returncode == 2 and word in done.stderr and not done.stdout, (arguments, done.stderr)


if __name__ == "__main__":
    volley.main([test_huge, test_rates, test_warning, test_used, test_used_by_others, test_calibration, test_refused])
