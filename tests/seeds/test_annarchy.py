# SPDX-License-Identifier: BSD-3-Clause
"""ANNarchy's pair of neurons with online trace STDP, over 101 time differences."""
import math
import numpy
from support import seeds, volley

# what ANNarchy 4.8.2 prints, over t_post - t_pre; its depression leaves out the step of transmission
PRINTED = {50: 0.00172587, 10: 0.01275256, 3: 0.01809675, 2: 0.01902459, 1: 0.02, 0: -0.02, -1: -0.01902459,
           -10: -0.01213061, -50: -0.00164170}


def window(directory):
    result, _ = seeds.run(directory, "annarchy_stdp1")
    change = seeds.weights(result, "pairs")[1][-1] - 1.0
    assert len(change) == 101
    for pre, dw in enumerate(change):
        at_synapse = 50 - (pre + 1)
        expected = math.copysign(0.02, at_synapse) * math.exp(-abs(at_synapse) / 20)
        assert abs(dw - expected) < 1e-12, (pre, dw, expected)
        printed = PRINTED.get(50 - pre)
        if printed is not None:
            shift = 1.0 if 50 - pre > 0 else math.exp(1 / 20)
            assert abs(dw * shift - printed) < 1e-8, (pre, dw, printed)


volley.main([window])
