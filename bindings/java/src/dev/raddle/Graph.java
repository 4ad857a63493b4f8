// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/**
 * A model as a graph of ops, built and then finished. A tensor of it is a number. A call that fails
 * adds nothing; a finished graph never changes and may be shared by threads.
 */
public final class Graph extends NativeObject {
    /** Stands for an input that an op may do without. */
    public static final int NO_TENSOR = -1;

    private Graph(long pointer, Context context) {
        super("graph", pointer, Native::graphDestroy, context);
    }

    /** An empty graph. */
    public static Graph create(Context context) {
        return new Graph(context.with(Native::graphCreate), context);
    }

    /**
     * The ready-made model that {@code model.*} describes, finished.
     *
     * @param config the model
     */
    public static Graph ofModel(Context context, Config config) {
        return Work.run(stop -> new Graph(Native.graphCreateModel(context.handle.pointer(),
                config.handle.pointer()), context), context, config);
    }

    /**
     * The graph that {@link #toText} wrote, finished.
     *
     * @param text the graph
     */
    public static Graph ofText(Context context, String text) {
        byte[] bytes = Text.encode(text);
        return Work.run(stop -> new Graph(
                Native.graphCreateFromText(context.handle.pointer(), bytes), context), context);
    }

    /**
     * Adds a tensor that the caller gives with every micro-batch.
     *
     * @param name unique in the graph
     * @param type of its elements
     * @param dims its sizes, at most 4
     */
    public int input(String name, Dtype type, long... dims) {
        return with(p -> Native.graphAddInput(p, name, type.value(), dims));
    }

    /**
     * Adds an F32 tensor that training changes.
     *
     * @param name unique in the graph
     * @param attributes such as {@code init=normal(0.02),decay=false}; null: none
     * @param dims its sizes, at most 4
     */
    public int parameter(String name, String attributes, long... dims) {
        return with(p -> Native.graphAddParameter(p, name, Dtype.F32.value(), dims, attributes));
    }

    /**
     * Adds an op; {@link Raddle#ops()} lists them: its outputs.
     *
     * @param op its kind
     * @param name of its first output; null: a number
     * @param attributes such as {@code key=value,...}; null: none
     * @param inputs tensors of this graph, in the order of the op
     */
    public int[] op(String op, String name, String attributes, int... inputs) {
        int count = Raddle.ops().stream().filter(info -> info.name().equals(op))
                .mapToInt(info -> (int) info.outputCount()).findFirst().orElse(1);
        int[] outputs = new int[count];
        return with(p -> {
            Native.graphAddOp(p, op, name, inputs, attributes, outputs);
            return outputs;
        });
    }

    /**
     * Ops from now on belong to a block, which {@code train.recompute} treats as one.
     *
     * @param block 0, 1, ...; -1: none
     */
    public void setBlock(int block) { change(p -> Native.graphSetBlock(p, block)); }

    /**
     * Adds a term to what training minimises.
     *
     * @param loss a tensor of one F32 element
     * @param coefficient its factor
     */
    public void addLoss(int loss, double coefficient) {
        change(p -> Native.graphAddLoss(p, loss, coefficient));
    }

    /**
     * Keeps a tensor for {@link Session#readOutput}.
     *
     * @param tensor a result of an op
     */
    public void addOutput(int tensor) { change(p -> Native.graphAddOutput(p, tensor)); }

    /** Checks the graph and freezes it. */
    public void finish() { change(Native::graphFinish); }

    /** The graph for people, and for {@link #ofText}: its text. */
    public String toText() { return with(Native::graphToText); }

    /** How large the model is: elements of all parameters. */
    public long parameterElements() { return with(Native::graphParameterElements); }

    private interface Change { void make(long pointer); }

    private void change(Change change) {
        with(p -> {
            change.make(p);
            return null;
        });
    }
}
