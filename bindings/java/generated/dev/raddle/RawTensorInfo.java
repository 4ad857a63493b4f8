// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * A tensor of state, wherever it lies.
 *
 * @param name "gradient/lm_head.weight"
 * @param parameter "lm_head.weight"
 * @param role role
 * @param dtype dtype
 * @param rank rank
 * @param trained true: the parameter has a gradient and moments; false: it is frozen, or the
 *     session does not train
 * @param dims the first {@code rank}
 */
record RawTensorInfo(
        String name, String parameter, int role, int dtype, int rank, boolean trained,
        long[] dims) {
}
