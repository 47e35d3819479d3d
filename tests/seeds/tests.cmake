# SPDX-License-Identifier: BSD-3-Clause
volley_script(test_neurons seeds PROCESSORS 1)
volley_script(test_correlated seeds PROCESSORS 1)
volley_script(test_figures seeds PROCESSORS 1)
volley_script(test_synapticflow seeds PROCESSORS 1)
volley_script(test_annarchy seeds PROCESSORS 1)
