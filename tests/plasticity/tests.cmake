volley_test(test_nest plasticity)
volley_test(test_eager plasticity)
