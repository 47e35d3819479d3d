volley_test(test_order invariance)
volley_script(test_layouts invariance TIMEOUT 600)
volley_script(test_work_divides invariance)
volley_script(test_scaling invariance)
