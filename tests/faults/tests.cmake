volley_script(test_faults faults)
volley_script(test_directories faults)
volley_script(test_limits faults)
volley_script(test_resumed faults)
volley_script(test_streams faults)

# Preloaded into the ranks of these tests: counts what they write, and ends or hinders them. Not together
# with sanitizers, which have to be the first library.
if(NOT VOLLEY_SANITIZE)
  add_library(writes SHARED support/writes.c)
  set_target_properties(writes PROPERTIES C_STANDARD 17)
  set(writes_library "VOLLEY_WRITES_LIBRARY=$<TARGET_FILE:writes>")
endif()
foreach(name test_kills test_disk test_writes)
  volley_script(${name} faults)
  set_property(TEST faults.${name} APPEND PROPERTY ENVIRONMENT ${writes_library})
endforeach()
