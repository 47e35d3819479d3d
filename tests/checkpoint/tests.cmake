volley_script(test_restart checkpoint)
volley_script(test_pieces checkpoint)
volley_script(test_signals checkpoint)
volley_script(test_refused checkpoint)
