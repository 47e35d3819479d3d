volley_test(test_nest plasticity)
volley_test(test_eager plasticity)
volley_test(test_eager_steps plasticity)
