volley_test(test_nest plasticity)
volley_test(test_eager plasticity)
volley_script(test_weights plasticity)
volley_script(test_trained plasticity)
