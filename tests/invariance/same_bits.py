# SPDX-License-Identifier: BSD-3-Clause
"""Whether a build gives the bits that are known: hashes of spikes, weights and connections of many networks.

    PYTHONPATH=tests python3 tests/invariance/same_bits.py --table VOLLEY [--write]

tests/reference/bits/hashes.json holds for each case a config (a file beside it, or one of the project), keys to set, and the
hashes. A case whose result was wrong gets a new hash by --write, and CHANGELOG.md says why it changed; a case
without hashes gets them. The cases run on one thread, every third one on 2 ranks x 2 threads as well."""
import concurrent.futures
import json
import os
import platform
import sys
import tempfile

WRITE = "--write" in sys.argv
if WRITE:
    sys.argv.remove("--write")
from support import volley  # noqa: E402  (looks at the arguments)

FOLDER = os.path.join(volley.SOURCE, "tests", "reference", "bits")
HASHES = os.path.join(FOLDER, "hashes.json")


def config_of(case):
    beside = os.path.join(FOLDER, case["config"])
    return beside if os.path.exists(beside) else os.path.join(volley.SOURCE, case["config"])


def run(work):
    """The hashes of one case on a layout, or the end of what the program said."""
    case, ranks, threads = work
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "r")
        command = ["run", config_of(case), "-q", "-o", out, "--threads", threads]
        for text in case["set"]:
            command += ["--set", text]
        done = volley.start(command, ranks if ranks > 1 else None, timeout=300)
        if done.returncode != 0:
            return done.stderr.strip()[-300:]
        with open(os.path.join(out, "run.json"), encoding="utf-8") as file:
            result = json.load(file)
        return [result[key] for key in volley.HASHES]


def main():
    # The C library's exp, log and pow are part of the bits.
    if platform.machine() != "x86_64" or platform.libc_ver() != ("glibc", "2.36"):
        print(f"skipped: the hashes are those of x86-64 with glibc 2.36, this is {platform.machine()} with "
              f"{' '.join(platform.libc_ver())}")
        return 0
    with open(HASHES, encoding="utf-8") as file:
        cases = json.load(file)
    work = [(case, *layout) for number, case in enumerate(cases)
            for layout in [(1, 1)] + ([(2, 2)] if number % 3 == 0 and not WRITE else [])]
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for (case, ranks, threads), found in zip(work, pool.map(run, work)):
            if found != case.get("hashes"):
                wrong.append(f"{case['config']} on {ranks} x {threads}: {found}, known {case.get('hashes')}")
                if WRITE and isinstance(found, list):
                    case["hashes"] = found
    print("\n".join(wrong))
    print(f"{len(cases)} networks, {len(work)} runs, {len(wrong)} differences")
    if WRITE:
        with open(HASHES, "w", encoding="utf-8") as file:
            json.dump(cases, file, indent=0)
            file.write("\n")
    return 1 if wrong and not WRITE else 0


if __name__ == "__main__":
    sys.exit(main())
