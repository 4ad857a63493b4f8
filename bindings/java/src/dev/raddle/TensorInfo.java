// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/**
 * A tensor of a session's state, wherever it lies.
 *
 * @param name such as {@code gradient/lm_head.weight}
 * @param parameter whose it is: {@code lm_head.weight}
 * @param role what it is to its parameter
 * @param dtype of its elements
 * @param dims its shape
 * @param trained false: the parameter is frozen, or the session does not train
 */
public record TensorInfo(String name, String parameter, TensorRole role, Dtype dtype, long[] dims,
        boolean trained) {
    static TensorInfo of(RawTensorInfo raw) {
        return new TensorInfo(raw.name(), raw.parameter(), TensorRole.of(raw.role()),
                Dtype.of(raw.dtype()), java.util.Arrays.copyOf(raw.dims(), raw.rank()),
                raw.trained());
    }
}
