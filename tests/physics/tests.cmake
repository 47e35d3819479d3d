volley_test(test_closed_forms physics)
volley_script(test_reference physics)
volley_test(test_connectivity physics)
volley_test(test_poisson physics)
