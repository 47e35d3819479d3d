# Measurements, built with the tests and run by hand.
add_executable(bench_update bench/bench_update.c)
target_link_libraries(bench_update PRIVATE volley_core)
