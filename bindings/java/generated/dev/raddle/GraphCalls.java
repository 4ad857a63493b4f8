// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.util.function.LongConsumer;

/** The calls of {@link Graph} that need no thought. */
abstract class GraphCalls extends NativeObject {
    GraphCalls(long pointer, LongConsumer destroy, NativeObject owner) {
        super("graph", pointer, destroy, owner);
    }

    /** What another object holds. */
    GraphCalls(long pointer, NativeObject lender) {
        super(pointer, lender);
    }

    /**
     * An empty graph.
     *
     * @return the graph
     */
    public static Graph create(Context context) {
        return Work.run(() -> new Graph(Native.graphCreate(context.pointer), context), context);
    }

    /**
     * The ready-made model that model.* describes (gpt2, llama, qwen3; with or without virtual
     * width and multi-token prediction), for micro-batches of train.micro_batch_tokens. Finished.
     * Its inputs, for {@code rows} = train.micro_batch_tokens: tokens, positions, targets (rows;
     * I32), weights (rows; F32), cu_seqlens (rows + 1; I32; the tail repeats the last value),
     * loss_scale (1; F32); with multi-token prediction mtp_targets and mtp_weights too.
     *
     * @return the graph
     * @throws InvalidArgumentException the config describes no model; says which keys
     * @throws NotFoundException model.hf_config names no file
     */
    public static Graph createModel(Context context, Config config) {
        return Work.run(() -> new Graph(Native.graphCreateModel(context.pointer, config.pointer),
                context), context, config);
    }

    /**
     * A tensor that the caller gives with every micro-batch.
     *
     * @param name unique in the graph; 1 to 256 letters, digits and _ . -
     * @param dtype dtype
     * @param dims {@code rank} sizes, each from 1 to 2^31 - 1, with a product of at most 2^40;
     *     null: allowed when rank is 0
     * @return the tensor
     * @throws InvalidArgumentException bad name, type or shape
     * @throws AlreadyExistsException the graph has a tensor of that name
     * @throws FailedPreconditionException the graph is finished
     */
    public int addInput(String name, Dtype dtype, long... dims) {
        return Work.run(() -> Native.graphAddInput(pointer, name, dtype.value(), dims), this);
    }

    /**
     * A tensor that training changes. F32.
     *
     * @param name name
     * @param dtype RADDLE_F32
     * @param attributes "key=value,...": init=zeros how it starts: zeros, ones, constant(V),
     *     normal(STD), stacked_identity, residue_average, hyper_connection(M) decay=true whether
     *     weight decay applies: true, false; null: none
     * @param dims dims; null: allowed when rank is 0
     * @return the tensor
     * @throws InvalidArgumentException bad name, type or shape
     * @throws AlreadyExistsException the graph has a tensor of that name
     * @throws FailedPreconditionException the graph is finished
     */
    public int addParameter(String name, Dtype dtype, String attributes, long... dims) {
        return Work.run(() -> Native.graphAddParameter(pointer, name, dtype.value(), dims,
                attributes), this);
    }

    /**
     * Ops added from now on belong to this block: what train.recompute = "block" keeps or computes
     * again as one.
     *
     * @param block 0, 1, ...; -1: none (the default)
     * @return this
     * @throws InvalidArgumentException below -1
     * @throws FailedPreconditionException the graph is finished
     */
    public Graph setBlock(int block) {
        Work.run(() -> {
            Native.graphSetBlock(pointer, block);
            return null;
        }, this);
        return (Graph) this;
    }

    /**
     * What activations and caches are, and parameters where products and tables read them:
     * RADDLE_F32, which it is otherwise, or RADDLE_BF16. Said before the first tensor. Inputs of
     * real numbers are then of that type too, but for those that an op takes exact (weights,
     * loss_scale). Parameters themselves, their gradients, statistics and losses are F32 all the
     * same. Ready-made models take it from train.precision.
     *
     * @param dtype dtype
     * @return this
     * @throws InvalidArgumentException another type
     * @throws FailedPreconditionException the graph has a tensor, or is finished
     */
    public Graph setPrecision(Dtype dtype) {
        Work.run(() -> {
            Native.graphSetPrecision(pointer, dtype.value());
            return null;
        }, this);
        return (Graph) this;
    }

    /**
     * Adds {@code coefficient} x {@code loss} to what training minimises. The op
     * linear_cross_entropy makes such a tensor; its input loss_scale is 1 / (the sum of the weights
     * of all tokens of the step), so that the loss is a mean over tokens and never a mean of means
     * over micro-batches.
     *
     * @param loss of one F32 element that a node makes, once; summed over the micro-batches of a
     *     step
     * @param coefficient coefficient
     * @return this
     * @throws InvalidArgumentException not such a tensor, or one that is a loss already
     * @throws FailedPreconditionException the graph is finished
     */
    public Graph addLoss(int loss, double coefficient) {
        Work.run(() -> {
            Native.graphAddLoss(pointer, loss, coefficient);
            return null;
        }, this);
        return (Graph) this;
    }

    /**
     * Keeps a tensor for the caller to read after each run ({@code Session.readOutput}): a result
     * beside the losses, such as logits or hidden states.
     *
     * @param tensor that a node makes
     * @return this
     * @throws InvalidArgumentException not such a tensor
     * @throws FailedPreconditionException the graph is finished
     */
    public Graph addOutput(int tensor) {
        Work.run(() -> {
            Native.graphAddOutput(pointer, tensor);
            return null;
        }, this);
        return (Graph) this;
    }

    /**
     * Checks the graph and freezes it.
     *
     * @return this
     * @throws InvalidArgumentException what does not hold, and where
     * @throws FailedPreconditionException it is finished already
     */
    public Graph finish() {
        Work.run(() -> {
            Native.graphFinish(pointer);
            return null;
        }, this);
        return (Graph) this;
    }

    /**
     * The graph as text that people can read and {@code Graph.createFromText} reads back.
     *
     * @return the text
     * @throws FailedPreconditionException the graph is not finished
     */
    public String toText() {
        return Work.run(() -> Native.graphToText(pointer), this);
    }

    /**
     * How many parameter elements the graph has.
     *
     * @return the result
     */
    public long parameterElements() {
        return Work.run(() -> Native.graphParameterElements(pointer), this);
    }

    /**
     * How many tensors a finished graph has: they are numbered from 0.
     *
     * @return 0: it is not finished
     */
    public long tensorCount() {
        return Work.run(() -> Native.graphTensorCount(pointer), this);
    }

    /**
     * The tensor of that name in a finished graph.
     *
     * @param name name
     * @return the tensor
     * @throws NotFoundException there is none; the nearest is named
     * @throws FailedPreconditionException the graph is not finished
     */
    public int findTensor(String name) {
        return Work.run(() -> Native.graphFindTensor(pointer, name), this);
    }

    /**
     * How many operations a finished graph has, in the order in which they run.
     *
     * @return 0: it is not finished
     */
    public long nodeCount() {
        return Work.run(() -> Native.graphNodeCount(pointer), this);
    }

    /**
     * Describes an operation of a finished graph.
     *
     * @param index index
     * @return the node
     * @throws OutOfRangeException there is no such node
     * @throws FailedPreconditionException the graph is not finished
     */
    public GraphNode node(long index) {
        return Work.run(() -> Native.graphGetNode(pointer, index), this);
    }
}
