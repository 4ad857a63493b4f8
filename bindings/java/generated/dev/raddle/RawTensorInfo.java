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
 * @param dims the first {@code rank}, of the whole tensor
 * @param elementBegin of the whole tensor's elements, in row-major order, those from this one on
 *     are here
 * @param elementEnd and end before this one: all of them, unless several ranks share the state
 * @param onHost true: in memory that raddle_session_get_tensor() gives; false: in that of a device
 *     which the host cannot follow pointers to
 * @param foreign true: in memory that another process may own too and that outlives the session
 */
record RawTensorInfo(
        String name, String parameter, int role, int dtype, int rank, boolean trained, long[] dims,
        long elementBegin, long elementEnd, boolean onHost, boolean foreign) {
}
