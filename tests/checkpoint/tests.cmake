# SPDX-License-Identifier: BSD-3-Clause
volley_script(test_recordings checkpoint)
volley_script(test_restart checkpoint COST 40)
volley_script(test_pieces checkpoint COST 50)
volley_script(test_signals checkpoint)
volley_script(test_inputs checkpoint COST 20)
volley_script(test_refused checkpoint COST 65)
