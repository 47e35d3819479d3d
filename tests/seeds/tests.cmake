volley_script(test_neurons seeds)
volley_script(test_correlated seeds)
volley_script(test_figures seeds)
