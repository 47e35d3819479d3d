#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Installs what building volley needs and this machine lacks, on Debian and Ubuntu: jobs/setup.sh [--tests]
# --tests adds what only the tests need. Elsewhere, or without permission to install, it names what is missing and
# returns 0 all the same, so that a build can go on with what is there.
set -euo pipefail

# Debian package | how to tell that it is there, whoever installed it | what it is for
needs=(
    "gcc|command cc|C compiler"
    "libc6-dev|header stdio.h|C library headers"
    "make|command make|runs the build"
    "cmake|cmake|configures the build, 3.22 or newer"
    "pkg-config|command pkg-config|finds the libraries"
    "libopenmpi-dev|mpi|MPI, headers and library"
    "openmpi-bin|command mpirun|MPI, starts the ranks"
    "libhdf5-openmpi-dev|hdf5|result files, parallel HDF5"
    "libfyaml-dev|module libfyaml|reads configs"
    "libjansson-dev|module jansson|reads and writes JSON"
    "librandom123-dev|header Random123/philox.h|random numbers"
    "libsleef-dev|module sleef|vectorised exp, log and pow"
    "libxxhash-dev|module libxxhash|hashes of results"
    "libhwloc-dev|module hwloc|optional: cores and caches of the machine"
    "libptscotch-dev|header scotch/ptscotch.h|optional: the partition scotch"
)
case "${1-}" in
"") ;;
--tests)
    needs+=(
        "libcmocka-dev|module cmocka|tests: the C test library"
        "python3-h5py|python h5py|tests: reads result files"
        "python3-numpy|python numpy|tests: reads result files"
        "python3-scipy|python scipy|tests: solves equations of neurons"
        "python3-matplotlib|python matplotlib|optional: pictures"
        "python3-neo|python neo|optional: the test of io/volley_neo.py"
        "mpich|command mpiexec.mpich|tests: a second MPI"
        "libhdf5-mpich-dev|module hdf5-mpich|tests: parallel HDF5 of the second MPI"
        "slurm-wlm|program slurmctld|tests: Slurm, runs the job scripts"
        "munge|program munged|tests: Slurm needs it"
        "iproute2|program ip|tests: nodes of Slurm that look like separate machines"
        "shellcheck|command shellcheck|tests: checks the shell scripts"
        "clang|command clang|tests: a second compiler, for its warnings"
        "clang-format|command clang-format|tests: checks how the code is formatted"
        "clang-tidy|command clang-tidy|tests: static analysis"
        "cppcheck|command cppcheck|tests: static analysis"
    )
    ;;
*)
    echo "usage: jobs/setup.sh [--tests]" >&2
    exit 2
    ;;
esac

# The compiler wrapper alone says nothing: Debian packs it with mpirun.
has_mpi() { echo '#include <mpi.h>' | mpicc -E -x c - >/dev/null 2>&1; }
has_header() { echo "#include <$1>" | cc -E -x c - >/dev/null 2>&1 || test -e "/usr/include/$1"; }
has_module() { pkg-config --exists "$1" 2>/dev/null; }

# The build takes the first of these two that has the modules.
has_python() { /usr/bin/python3 -c "import $1" 2>/dev/null || python3 -c "import $1" 2>/dev/null; }

# Anything older cannot read CMakePresets.json, so a package of that age does not count as there.
has_cmake() {
    command -v cmake >/dev/null && printf '3.22\n%s\n' "$(cmake --version | awk 'NR == 1 {print $3}')" | sort -VC
}

has() {
    case "$1" in
    command) command -v "$2" >/dev/null ;;
    program) PATH=$PATH:/usr/sbin:/sbin command -v "$2" >/dev/null ;; # for root, so not in everybody's PATH
    header) has_header "$2" ;;
    module) has_module "$2" ;;
    python) has_python "$2" ;;
    mpi) has_mpi ;;
    hdf5) has_module hdf5-openmpi || command -v h5pcc >/dev/null ;;
    cmake) has_cmake ;;
    esac
}

find_missing() {
    missing=()
    local need package probe
    for need in "${needs[@]}"; do
        IFS='|' read -r package probe _ <<<"$need"
        # shellcheck disable=SC2086 # a probe is a word and its argument
        if ! has $probe; then missing+=("$package"); fi
    done
}

say_missing() {
    echo "$1; missing (names of Debian packages):" >&2
    local need package probe purpose name
    for need in "${needs[@]}"; do
        IFS='|' read -r package probe purpose <<<"$need"
        for name in "${missing[@]}"; do
            if [ "$name" = "$package" ]; then printf '  %-20s %s\n' "$package" "$purpose" >&2; fi
        done
    done
}

# Sets as_root to what makes a command root, or fails. Only a terminal is asked for a password.
become_root() {
    as_root=()
    if [ "$(id -u)" -eq 0 ]; then return 0; fi
    as_root=(sudo)
    command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }
}

# Quiet unless it fails. A machine just started may still hold the lock for its own updates.
apt_get() {
    local log
    log=$(mktemp)
    if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o APT::Install-Recommends=false -o APT::Update::Error-Mode=any "$@" </dev/null >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

find_missing
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi
if ! command -v apt-get >/dev/null; then
    say_missing "setup: no apt-get on this machine, nothing installed"
    exit 0
fi
if ! become_root; then
    say_missing "setup: installing needs root or sudo, nothing installed"
    exit 0
fi

echo "setup: installing ${missing[*]}"
apt_get update || echo "setup: apt-get update failed, going on with the package lists at hand" >&2
offered=()
for package in "${missing[@]}"; do
    # A name that this release does not know would make apt-get install nothing at all.
    if apt-cache show "$package" >/dev/null 2>&1; then
        offered+=("$package")
    else
        echo "setup: the package lists of this machine do not have $package" >&2
    fi
done
if [ ${#offered[@]} -gt 0 ]; then apt_get install "${offered[@]}" || true; fi

find_missing
if [ ${#missing[@]} -gt 0 ]; then say_missing "setup: not everything could be installed"; fi
