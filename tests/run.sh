#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# One command on a fresh machine: installs what is missing, builds, runs all tests.
# Arguments go to ctest: tests/run.sh -L unit. `tests/run.sh --long` runs the tests with the label long, which are left
# out otherwise: wide forms of what the others do in short. With CI set, warnings are errors and the build is in build/ci.
# PRESET chooses another preset of CMakePresets.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cores=$(nproc)
preset=release
if [ -n "${CI-}" ]; then preset=ci; fi
preset=${PRESET:-$preset}
long=(-LE '^long$')
if [ "${1-}" = --long ]; then
    long=(-L '^long$')
    shift
fi

jobs/setup.sh --tests
cmake --preset "$preset"
cmake --build --preset "$preset" --parallel "$cores"
exec ctest --test-dir "build/$preset" --output-on-failure --no-tests=error --parallel "$cores" "${long[@]}" "$@"
