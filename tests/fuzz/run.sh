#!/bin/bash
# Builds the fuzzers and runs each for SECONDS (60), or only those named: tests/fuzz/run.sh [SECONDS [NAME...]].
# What makes one fail is left in build/fuzz/<name>-*; copy it to tests/fuzz/cases/<name> with the mending.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=${1-60}
shift || true
names=("$@")
if [ ${#names[@]} = 0 ]; then
    names=(config set csv)
fi

cmake --preset fuzz
cmake --build --preset fuzz --parallel "$(nproc)" --target volley "${names[@]/#/fuzz_}"
cd build/fuzz
# Every word of the schema.
./volley describe config | grep -oE '[A-Za-z_][A-Za-z0-9_]+' | sort -u | sed 's/.*/"&"/' > dictionary
for name in "${names[@]}"; do
    corpus=corpus_$name
    mkdir -p "$corpus"
    for folder in ../../tests/fuzz/{seeds,cases}/"$name"; do
        if [ -d "$folder" ]; then cp "$folder"/* "$corpus"; fi
    done
    if [ "$name" = config ]; then cp ../../configs/*.yaml ../../configs/*/*.yaml "$corpus"; fi
    UBSAN_OPTIONS=print_stacktrace=1 "tests/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -dict=dictionary -artifact_prefix="$name-" -print_final_stats=1 "$corpus"
done
