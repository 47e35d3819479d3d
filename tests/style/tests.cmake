# SPDX-License-Identifier: BSD-3-Clause
# What a reader would object to before reading: format, warnings of a second compiler, static analysis.
foreach(name test_format test_clang test_lint)
  volley_script(${name} style)
  set_property(TEST style.${name} APPEND PROPERTY ENVIRONMENT "VOLLEY_BUILD=${CMAKE_BINARY_DIR}")
  set_tests_properties(style.${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
