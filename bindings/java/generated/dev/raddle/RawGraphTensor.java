// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * One tensor of a graph.
 *
 * @param name name
 * @param kind kind
 * @param dtype dtype
 * @param rank rank
 * @param node index of the node that makes it; -1: none
 * @param dims the first {@code rank}
 * @param lossCoefficient 0: it is no loss
 * @param isOutput true: raddle_graph_add_output() was called on it
 */
record RawGraphTensor(
        String name, int kind, int dtype, int rank, int node, long[] dims, double lossCoefficient,
        boolean isOutput) {
}
