// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** The plan of a training step. */
public final class Plan extends NativeObject {
    Plan(long pointer, NativeObject owner) {
        super("plan", pointer, Native::planDestroy, owner);
    }

    /**
     * Plans the training step of the model that the config describes, or of {@code graph}. A plan
     * that does not fit is made all the same; its table says by how much.
     *
     * @param graph finished; null: the ready-made model of model.*
     * @return the plan
     * @throws InvalidArgumentException the config does not validate
     * @throws FailedPreconditionException the graph is not finished
     * @throws UnavailableException kernels.require = tuned and an op has none; says which and why
     */
    public static Plan create(Context context, Config config, Graph graph) {
        return Work.run(() -> new Plan(Native.planCreate(context.pointer, config.pointer,
                of(graph)), context), context, config, graph);
    }

    /**
     * What the plan books, and whether it fits.
     *
     * @return the table
     */
    public MemoryTable memory() {
        return Work.run(() -> Native.planGetMemory(pointer), this);
    }

    /**
     * The plan for people: memory table, kernels with the reasons why faster ones were refused,
     * instructions with their buffers.
     *
     * @return the text
     */
    public String explain() {
        return Work.run(() -> Native.planExplain(pointer), this);
    }

    /**
     * The same for programs: a JSON object with memory, parameters, groups of optimizer.group (from
     * 1 on in parameters), kernels, instructions, hash, flops_per_token.
     *
     * @return the json
     */
    public String toJson() {
        return Work.run(() -> Native.planToJson(pointer), this);
    }

    /**
     * Equal hashes mean equal plans.
     *
     * @return the result
     */
    public long hash() {
        return Work.run(() -> Native.planHash(pointer), this);
    }
}
