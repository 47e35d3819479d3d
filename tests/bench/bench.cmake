# SPDX-License-Identifier: BSD-3-Clause
# Measurements, built with the tests and run by hand.
add_executable(bench_update bench/bench_update.c)
target_link_libraries(bench_update PRIVATE volley_core)
add_executable(bench_bounds bench/bench_bounds.c)
target_link_libraries(bench_bounds PRIVATE volley_core)
