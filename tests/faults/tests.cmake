volley_script(test_faults faults)
volley_script(test_directories faults)
volley_script(test_limits faults)
