# SPDX-License-Identifier: BSD-3-Clause
volley_script(test_neurons seeds)
volley_script(test_correlated seeds)
volley_script(test_figures seeds)
volley_script(test_synapticflow seeds)
volley_script(test_annarchy seeds)
