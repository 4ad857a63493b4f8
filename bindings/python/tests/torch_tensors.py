# SPDX-License-Identifier: Apache-2.0
"""Prints "ok" if PyTorch and Raddle share memory; run by test_session.py where PyTorch is."""
import torch

import raddle
from support import SMALL

with raddle.Session(raddle.Config(SMALL)) as session:
    tensor = session.tensor("embedding.weight")
    weights = torch.from_dlpack(tensor)
    assert weights.shape == (257, 64) and weights.dtype == torch.float32
    weights[97] = 7
    assert session.read_tensor("embedding.weight")[97, 63] == 7
    tokens = torch.arange(60)
    assert session.evaluate_batches([tokens]).loss == session.evaluate_batches(
        [list(range(60))]).loss
del tensor, session
weights += 1
assert weights[97, 0] == 8
print("ok")
