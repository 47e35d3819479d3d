# SPDX-License-Identifier: BSD-3-Clause
volley_script(test_slurm slurm TIMEOUT 400 COST 90)
# 77: Slurm is missing.
set_tests_properties(slurm.test_slurm PROPERTIES SKIP_RETURN_CODE 77)
