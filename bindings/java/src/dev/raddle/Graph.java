// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/**
 * A model as a graph of ops, built and then finished. A tensor of it is a number. A call that fails
 * adds nothing; a finished graph never changes and may be shared by threads.
 */
public final class Graph extends GraphCalls {
    /** Stands for an input that an op may do without. */
    public static final int NO_TENSOR = -1;

    Graph(long pointer, NativeObject context) { super(pointer, Native::graphDestroy, context); }

    /**
     * The graph that {@link #toText} wrote, finished.
     *
     * @param text the graph
     */
    public static Graph createFromText(Context context, String text) {
        byte[] bytes = Text.encode(text);
        return Work.run(() -> new Graph(Native.graphCreateFromText(context.pointer, bytes),
                context), context);
    }

    /**
     * Adds an op; {@link Raddle#ops()} lists them.
     *
     * @param op its kind
     * @param name of its first output; null: a number
     * @param attributes such as {@code key=value,...}; null: none
     * @param inputs tensors of this graph, in the order of the op
     * @return its outputs
     */
    public int[] addOp(String op, String name, String attributes, int... inputs) {
        int count = Raddle.ops().stream().filter(info -> info.name().equals(op))
                .mapToInt(info -> (int) info.outputCount()).findFirst().orElse(1);
        int[] outputs = new int[count];
        return Work.run(() -> {
            Native.graphAddOp(pointer, op, name, inputs, attributes, outputs);
            return outputs;
        }, this);
    }

    /**
     * Describes a tensor of a finished graph.
     *
     * @param tensor its number
     * @throws OutOfRangeException there is no such tensor
     * @throws FailedPreconditionException the graph is not finished
     */
    public GraphTensor tensor(int tensor) {
        return Work.run(() -> GraphTensor.of(Native.graphGetTensor(pointer, tensor)), this);
    }
}
