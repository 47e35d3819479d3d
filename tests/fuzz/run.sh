#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Builds the fuzzers and runs each for SECONDS (60), or only those named: tests/fuzz/run.sh [SECONDS [NAME...]].
# Names: config, set, csv (texts); list, sonata, trained, resume (edits of HDF5 files), and the last four with _raw
# (bits turned over; those also crash inside the HDF5 library, which is passed over).
# NULL + 0, for arrays without items, is told once a place and is not a failure; C will allow it.
# What makes one fail is left in build/fuzz/<name>-*; copy it to tests/fuzz/cases/<name> with the mending.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1-60}
shift || true
names=("$@")
if [ ${#names[@]} = 0 ]; then
    names=(config set csv list sonata trained resume)
fi

cmake --preset fuzz
mapfile -t programs < <(printf 'fuzz_%s\n' "${names[@]%_raw}" | sort -u)
cmake --build --preset fuzz --parallel "$(nproc)" --target volley "${programs[@]}"
cd build/fuzz
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
# Every word of the schema.
./volley describe config | grep -oE '[A-Za-z_][A-Za-z0-9_]+' | sort -u | sed 's/.*/"&"/' > dictionary
for name in "${names[@]}"; do
    corpus=corpus_$name more=()
    export ASAN_OPTIONS=quarantine_size_mb=16
    mkdir -p "$corpus"
    for folder in ../../tests/fuzz/{seeds,cases}/"$name"; do
        if [ -d "$folder" ]; then cp "$folder"/* "$corpus"; fi
    done
    case $name in
    config)
        cp ../../configs/*.yaml ../../configs/*/*.yaml "$corpus"
        more=(-dict=dictionary) ;;
    set) more=(-dict=dictionary) ;;
    *_raw)
        export VOLLEY_FUZZ_RAW=1
        more=(-max_len=64 -malloc_limit_mb=1024 -fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1) ;;
    list | sonata | trained | resume) more=(-max_len=256 -malloc_limit_mb=1024) ;;
    esac
    case $name in
    resume*) more+=(-detect_leaks=0) ASAN_OPTIONS+=:detect_leaks=0 ;; # the leak sanitizer of clang 14 crashes beside MPI
    esac
    "tests/fuzz_${name%_raw}" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$name-" \
        -print_final_stats=1 "${more[@]}" "$corpus"
    unset VOLLEY_FUZZ_RAW
done
