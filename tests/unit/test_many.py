# SPDX-License-Identifier: BSD-3-Clause
"""Reading takes time in proportion to what is read: configs with very many keys, under a limit on processor time that a
search through all the others for each of them goes far beyond."""
import resource
import subprocess
from support import volley

MANY = 40000
SECONDS = 20  # of processor time; about 2 are needed, and minutes by comparing each key with all others
HEAD = "simulation: {dt: 0.1, duration: 20.0}\n"


def limited(arguments):
    """A command under the limit: its exit code and what it prints."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS * volley.PATIENCE, SECONDS * volley.PATIENCE + 1))
    done = subprocess.run([volley.PROGRAM, *arguments], capture_output=True, text=True, preexec_fn=limit, check=False)
    assert done.returncode >= 0, f"{arguments}: more than {SECONDS * volley.PATIENCE} s of processor time"
    return done


def entries(section, line):
    return f"{section}:\n" + "".join(f"  {line.replace('#', str(i))}\n" for i in range(MANY))


def test_sections(directory):
    """Names that are looked up: populations, projections, stimuli, recordings of each kind."""
    text = HEAD + entries("populations", "p#: {model: iaf_cond_exp, size: 1}") + \
        entries("projections", "c#: {source: p#, target: p0, connect: {rule: one_to_one}, weight: 1, delay: 1}") + \
        entries("stimuli", "s#: {model: poisson, target: p#, params: {rate: 1.0, weight: 1.0, delay: 1.0}}") + \
        "record:\n" + "  spikes:\n" + "".join(f"  - p{i}\n" for i in range(MANY)) + \
        "  state:\n" + "".join(f"  - {{population: p{i}, variables: [V_m]}}\n" for i in range(MANY))
    done = limited(["check", volley.write(directory, "many.yaml", text)])
    assert done.returncode == 0, done.stderr
    assert f"populations ({MANY})" in done.stdout and f"recorded states ({MANY})" in done.stdout


def test_problems(directory):
    """A problem in every line: some are shown, the others counted."""
    text = HEAD + entries("populations", "p#: {model: iaf_psc_exp, size: 1}") + \
        entries("projections", "c#: {source: q#, target: p#, connect: {rule: one_to_one}, weight: 1, delay: 1}")
    done = limited(["check", volley.write(directory, "wrong.yaml", text)])
    assert done.returncode == 2 and "unknown name: value \"q0\"" in done.stderr and "more problems" in done.stderr
    counted = int(done.stderr.split("and ")[-1].split()[0])
    assert counted + done.stderr.count("unknown name") == MANY, done.stderr[-300:]


def test_merged(directory):
    """Included files, whose keys are merged one by one."""
    base = HEAD + entries("populations", "p#: {model: iaf_psc_exp, size: 1}")
    volley.write(directory, "base.yaml", base)
    over = "include: base.yaml\n" + entries("populations", "p#: {size: 2}")
    done = limited(["check", volley.write(directory, "over.yaml", over)])
    assert done.returncode == 0 and f": {2 * MANY} neurons" in done.stdout, done.stderr




if __name__ == "__main__":
    volley.main([test_sections, test_problems, test_merged])
