# SPDX-License-Identifier: Apache-2.0
"""Prints "ok" if NumPy and Raddle share memory; run by test_session.py where NumPy is."""
import numpy as np

import raddle
from support import SMALL

with raddle.Session(raddle.Config(SMALL)) as session:
    tensor = session.tensor("embedding.weight")
    array = np.asarray(tensor)
    assert array.shape == (257, 64) and array.dtype == np.float32 and array.flags.writeable
    if hasattr(np, "from_dlpack"):
        other = np.from_dlpack(tensor)
        assert np.shares_memory(array, other)
        if np.lib.NumpyVersion(np.__version__) >= "2.1.0":
            assert other.flags.writeable
    array[97] = 7
    assert session.read_tensor("embedding.weight")[97, 63] == 7
    session.write_tensor("embedding.weight", np.full((257, 64), 0.25, np.float32))
    assert (array == 0.25).all()
    tokens = np.arange(60)
    losses = {session.evaluate_batches([kind]).loss for kind in (
        tokens, tokens.astype(np.int32), np.repeat(tokens, 2)[::2], tokens.tolist(),
        raddle.Batch(tokens, weights=np.r_[np.ones(59), 0]))}
    assert len(losses) == 1, losses
    assert np.asarray(session.logits(tokens)).shape == (60, 257)
del tensor, session
array += 1
assert (array == 1.25).all()
print("ok")
