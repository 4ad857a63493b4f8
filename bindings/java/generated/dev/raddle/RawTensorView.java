// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * A tensor in memory: contiguous, row-major, innermost dimension last.
 *
 * @param name name
 * @param data data
 * @param dtype dtype
 * @param rank rank
 * @param dims dims
 */
record RawTensorView(String name, long data, int dtype, int rank, long[] dims) {
}
