# SPDX-License-Identifier: BSD-3-Clause
volley_test(test_order invariance)
volley_test(test_tables invariance RANKS 1 2 3 4)
volley_script(test_layouts invariance TIMEOUT 600 PROCESSORS 2 COST 50)
# Every layout with every partition.
volley_long(test_layouts invariance VOLLEY_WIDE=1)
if(NOT VOLLEY_SANITIZE) # sanitizers keep memory of their own
  volley_script(test_work_divides invariance)
endif()
volley_script(test_scaling invariance TIMEOUT 600 COST 30)
volley_script(test_local invariance PROCESSORS 4)
volley_script(test_random invariance TIMEOUT 600 COST 30)
volley_script(same_bits invariance TIMEOUT 600 COST 40)
