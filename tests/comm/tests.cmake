# SPDX-License-Identifier: BSD-3-Clause
volley_test(test_comm comm RANKS 1 2 3 4 5 7)
volley_test(test_exchange comm RANKS 1 2 3 4 5 7)
# The same without mpirun.
add_test(NAME comm.test_comm.alone COMMAND test_comm)
add_test(NAME comm.test_exchange.alone COMMAND test_exchange)
set_tests_properties(comm.test_comm.alone comm.test_exchange.alone PROPERTIES LABELS comm TIMEOUT 120
                     ENVIRONMENT "${VOLLEY_TEST_ENV}")
volley_script(test_launcher comm)
volley_script(test_other_users comm)
