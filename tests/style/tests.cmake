# SPDX-License-Identifier: BSD-3-Clause
# What a reader would object to before reading: format, warnings of a second compiler, static analysis.
volley_script(test_format style PROCESSORS 2)
volley_script(test_clang style PROCESSORS 2 COST 35)
volley_script(test_lint style PROCESSORS 2 COST 40)
foreach(name test_format test_clang test_lint)
  set_property(TEST style.${name} APPEND PROPERTY ENVIRONMENT "VOLLEY_BUILD=${CMAKE_BINARY_DIR}")
  set_tests_properties(style.${name} PROPERTIES SKIP_RETURN_CODE 77)
endforeach()
