volley_test(test_nest plasticity)
