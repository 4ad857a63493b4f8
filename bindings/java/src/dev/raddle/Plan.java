// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/** What a training step will need and do, before it runs. Planning allocates none of it. */
public final class Plan extends NativeObject {
    private Plan(long pointer, Context context) {
        super("plan", pointer, Native::planDestroy, context);
    }

    /**
     * Plans a training step. A plan that does not fit is made all the same; its memory table says
     * by how much.
     *
     * @param config the run
     * @param graph finished; null: the ready-made model of {@code model.*}
     */
    public static Plan create(Context context, Config config, Graph graph) {
        return Work.run(stop -> new Plan(Native.planCreate(context.handle.pointer(),
                config.handle.pointer(), graph == null ? 0 : graph.handle.pointer()), context),
                context, config, graph);
    }

    /** What training books: bytes by purpose. */
    public MemoryTable memory() { return with(Native::planGetMemory); }

    /** The plan for people: memory, kernels with reasons, instructions. */
    public String explain() { return with(Native::planExplain); }

    /** The plan for programs: a JSON object. */
    public String toJson() { return with(Native::planToJson); }

    /** Equal hashes mean equal plans: a hash of the plan. */
    public long hash() { return with(Native::planHash); }
}
