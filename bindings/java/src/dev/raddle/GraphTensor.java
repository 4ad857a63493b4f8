// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/**
 * A tensor of a finished graph.
 *
 * @param name unique in the graph
 * @param kind where it comes from
 * @param dtype of its elements
 * @param dims its shape
 * @param node index of the node that makes it; -1: none
 * @param lossCoefficient 0: it is no loss
 * @param isOutput whether it is kept for the caller
 */
public record GraphTensor(String name, TensorKind kind, Dtype dtype, long[] dims, int node,
        double lossCoefficient, boolean isOutput) {
    static GraphTensor of(RawGraphTensor raw) {
        return new GraphTensor(raw.name(), TensorKind.of(raw.kind()), Dtype.of(raw.dtype()),
                java.util.Arrays.copyOf(raw.dims(), raw.rank()), raw.node(), raw.lossCoefficient(),
                raw.isOutput());
    }
}
