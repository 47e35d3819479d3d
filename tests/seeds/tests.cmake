# SPDX-License-Identifier: BSD-3-Clause
volley_script(test_neurons seeds)
volley_script(test_correlated seeds COST 20)
volley_script(test_figures seeds COST 30)
volley_script(test_synapticflow seeds COST 30)
volley_script(test_annarchy seeds)
