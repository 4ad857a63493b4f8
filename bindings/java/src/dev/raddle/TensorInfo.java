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
 * @param elementBegin of its elements, in row-major order, those from this one on are here
 * @param elementEnd and end before this one: all of them, unless several ranks share the state
 * @param onHost false: it is in the memory of a device that the host cannot follow pointers to
 * @param foreign true: it is in memory that another process may own too, and outlives the session
 */
public record TensorInfo(String name, String parameter, TensorRole role, Dtype dtype, long[] dims,
        boolean trained, long elementBegin, long elementEnd, boolean onHost, boolean foreign) {
    static TensorInfo of(RawTensorInfo raw) {
        return new TensorInfo(raw.name(), raw.parameter(), TensorRole.of(raw.role()),
                Dtype.of(raw.dtype()), java.util.Arrays.copyOf(raw.dims(), raw.rank()),
                raw.trained(), raw.elementBegin(), raw.elementEnd(), raw.onHost(),
                raw.foreign());
    }
}
