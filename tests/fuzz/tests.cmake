# SPDX-License-Identifier: BSD-3-Clause
# Random bytes for what reads the users' texts: fuzz_<name>.c holds the function that libFuzzer calls. The preset fuzz
# builds programs that search (tests/fuzz/run.sh); every build replays seeds/ and cases/ (what was found and mended)
# under the label fuzz-regression.
set(fuzzed config set csv list sonata trained resume)
set(fuzzed_files list sonata trained resume) # HDF5 files
string(REPLACE detect_leaks=0 detect_leaks=1 fuzz_environment "${VOLLEY_TEST_ENV}")
if(VOLLEY_SANITIZE MATCHES fuzzer) # what may not be ends the program as it is; NULL + 0 is only told
  string(REPLACE halt_on_error=1 halt_on_error=0 fuzz_environment "${fuzz_environment}")
endif()
foreach(name IN LISTS fuzzed)
  set(fuzz_programs replay_${name})
  set(fuzz_sources fuzz/fuzz_${name}.c)
  if(name IN_LIST fuzzed_files)
    list(APPEND fuzz_sources fuzz/file.c fuzz/edit_h5.c fuzz/edit_shapes.c)
  endif()
  add_executable(replay_${name} fuzz/replay.c ${fuzz_sources})
  if(VOLLEY_SANITIZE MATCHES fuzzer)
    list(APPEND fuzz_programs fuzz_${name})
    add_executable(fuzz_${name} ${fuzz_sources})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endif()
  foreach(program IN LISTS fuzz_programs)
    target_link_libraries(${program} PRIVATE volley_core)
    target_include_directories(${program} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_compile_definitions(${program} PRIVATE VOLLEY_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  endforeach()
  file(GLOB folders CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/seeds/${name} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/cases/${name})
  add_test(NAME fuzz-regression.replay_${name} COMMAND replay_${name} ${folders})
  if(name STREQUAL resume) # MPI leaks
    string(REPLACE detect_leaks=1 detect_leaks=0 fuzz_environment "${fuzz_environment}")
  endif()
  set_tests_properties(fuzz-regression.replay_${name} PROPERTIES LABELS fuzz-regression TIMEOUT 120
                       ENVIRONMENT "${fuzz_environment}")
endforeach()
