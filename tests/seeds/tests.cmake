volley_script(test_synapticflow seeds)
volley_script(test_annarchy seeds)
