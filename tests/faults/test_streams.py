# SPDX-License-Identifier: BSD-3-Clause
"""Standard output that is full, closed or read by nobody: every command that prints says so once and fails, and files that
are named with -o are complete or absent. What becomes of stderr changes no result."""
import errno
import os
import resource
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from support import volley  # noqa: E402

CONFIG = """
simulation: {dt: 0.1, duration: 200.0}
populations:
  E: {model: iaf_psc_exp, size: 50, params: {I_e: 900.0}, init: {V_m: {uniform: {low: -70.0, high: -56.0}}}}
projections:
  ee: {source: E, target: E, connect: {rule: fixed_indegree, indegree: 30}, weight: 1.0, delay: 1.0, plasticity: {rule: stdp}}
record: {weights: [{projection: ee}]}
"""
NO_ROOM, GONE, CLOSED = (os.strerror(number) for number in (errno.ENOSPC, errno.EPIPE, errno.EBADF))


def start(arguments, stdout="pipe", stderr="pipe", ranks=None, before=None):
    """Runs the program with such streams: pipe, full, closed, or gone: a pipe that nobody reads any more."""
    def prepare():
        for number, what in ((1, stdout), (2, stderr)):
            if what == "closed":
                os.close(number)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Python has it ignored
        if before is not None:
            before()

    handles = []
    for what in (stdout, stderr):
        reader, writer = os.pipe() if what == "gone" else (None, None)
        if reader is not None:
            os.close(reader)
        handles.append(os.open("/dev/full", os.O_WRONLY) if what == "full" else writer if what == "gone" else
                       subprocess.PIPE if what == "pipe" else None)
    command = [*volley.LAUNCHER, "-n", str(ranks)] if ranks else []
    # pylint: disable=subprocess-popen-preexec-fn
    done = subprocess.run([*command, volley.PROGRAM, *[str(a) for a in arguments]], stdin=subprocess.DEVNULL, stdout=handles[0],
                          stderr=handles[1], text=True, timeout=120 * volley.PATIENCE, preexec_fn=prepare, check=False)
    for handle in handles:
        if handle not in (None, subprocess.PIPE):
            os.close(handle)
    return done


def prepared(directory):
    config = volley.write(directory, "config.yaml", CONFIG)
    out = os.path.join(directory, "out")
    volley.run(config, out)
    return config, out


def test_stdout(directory):
    config, out = prepared(directory)
    commands = [["job", config, "--nodes", 1], ["job", config, "--nodes", 2], ["describe"], ["describe", "config"], ["describe", "neuron"],
                ["check", config], ["plan", config, "--ranks", 2], ["info", out], ["diff", out, out], ["export", out],
                ["export", out, "--weights", "ee"], ["plot", out, "phases", "-o", os.path.join(directory, "p.png")], ["--version"],
                ["--help"], *([name, "--help"] for name in ("run", "check", "plan", "job", "info", "diff", "plot", "export", "describe")),
                ["run", config, "-o", os.path.join(directory, "again"), "--overwrite", "--progress", "off"]]
    for command in commands:
        for what, reason, code in (("full", NO_ROOM, 3), ("gone", GONE, 1), ("closed", CLOSED, 1)):
            done = start(command, what)
            code = 2 if command[0] == "diff" and code == 1 and command[1] != "--help" else code
            messages = [line for line in done.stderr.splitlines() if line.startswith("volley:")]
            about = f"{command} with stdout {what} gave {done.returncode}:\n{done.stderr}"
            assert done.returncode == code or command == ["diff", "--help"] and done.returncode == 2, about
            assert messages == [f"volley: cannot write standard output: {reason}"], about
            assert "Traceback" not in done.stderr, about
    assert volley.start(["diff", out, os.path.join(directory, "again")]).returncode == 0  # complete, though not said
    done = start(["run", config, "-o", os.path.join(directory, "quiet"), "-q"], "closed")
    assert done.returncode == 0 and done.stderr == "", done.stderr  # nothing to print


def test_answers(directory):
    """The 1 of diff is an answer: one that cannot be printed is another number. Other failures keep theirs."""
    config, out = prepared(directory)
    other = os.path.join(directory, "other")
    volley.run(config, other, sets=["simulation.seed=2"])
    for what, code in (("pipe", 1), ("full", 3), ("gone", 2), ("closed", 2)):
        done = start(["diff", out, other], what)
        assert done.returncode == code and (what == "pipe") == (done.stderr == ""), (what, done.returncode, done.stderr)
    done = start(["check", os.path.join(directory, "none.yaml")], "full")
    assert done.returncode == 2 and done.stderr.count("volley:") == 1 and "standard output" not in done.stderr, done.stderr


def test_no_stream_is_a_file(directory):
    """With all streams closed, no result file gets the number of one of them, and what is printed."""
    config, out = prepared(directory)
    for ranks in (None, 2):
        other = os.path.join(directory, f"other{ranks}")
        start(["run", config, "-o", other, "--progress", "on"], "closed" if ranks is None else "pipe", "closed" if ranks is None else "full",
              ranks)
        assert volley.start(["diff", out, other]).returncode == 0
        assert sorted(os.listdir(out)) == sorted(os.listdir(other))
    for what in ("full", "gone", "closed"):
        other = os.path.join(directory, what)
        done = start(["run", config, "-o", other, "--progress", "on"], "pipe", what)
        assert done.returncode == 0, (what, done.returncode)
        assert volley.start(["diff", out, other]).returncode == 0


def test_files(directory):
    """A file of -o is complete, or what it was before."""
    _, out = prepared(directory)

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    for name, command in (("spikes.csv", ["export", out]), ("weights.csv", ["export", out, "--weights", "ee"]),
                          ("phases.png", ["plot", out, "phases"])):
        folder = os.path.join(directory, name + ".d")
        os.mkdir(folder)
        path = os.path.join(folder, name)
        for before in (None, "what was there\n"):
            if before is not None:
                volley.write(folder, name, before)
            done = start([*command, "-o", path], before=limit)
            assert done.returncode == 3 and done.stderr.count("volley:") == 1 and path in done.stderr, (done.returncode, done.stderr)
            assert os.listdir(folder) == ([name] if before else []), os.listdir(folder)
            if before is not None:
                with open(path, encoding="utf-8") as file:
                    assert file.read() == before
        link = os.path.join(folder, "link" + name[-4:])
        os.symlink(path, link)
        done = start([*command, "-o", link])
        assert done.returncode == 0 and os.path.islink(link) and os.path.getsize(path) > 4096, done.stderr
        assert sorted(os.listdir(folder)) == sorted([name, os.path.basename(link)]), os.listdir(folder)


if __name__ == "__main__":
    volley.main([test_stdout, test_answers, test_no_stream_is_a_file, test_files])
