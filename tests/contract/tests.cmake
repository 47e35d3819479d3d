volley_test(test_models contract)
volley_test(test_connect contract)
