volley_test(test_models contract)
