// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * One operation of a graph.
 *
 * @param op "linear"
 * @param block as raddle_graph_set_block() was told; -1: none
 * @param inputs one an input of the op, RADDLE_NO_TENSOR for those left out
 * @param outputs outputs
 * @param attributes in the order of {@code attributes} of raddle_op_get_info()
 */
public record GraphNode(String op, int block, int[] inputs, int[] outputs, double[] attributes) {
}
