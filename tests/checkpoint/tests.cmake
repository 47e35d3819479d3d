# SPDX-License-Identifier: BSD-3-Clause
volley_script(test_recordings checkpoint)
volley_script(test_restart checkpoint)
volley_script(test_pieces checkpoint)
volley_script(test_signals checkpoint)
volley_script(test_inputs checkpoint)
volley_script(test_refused checkpoint)
