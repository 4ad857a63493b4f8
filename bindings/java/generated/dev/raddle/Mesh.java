// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;

/** On which ranks a step's sequences are computed. */
public final class Mesh {
    private Mesh() {
    }

    /**
     * Plans one step of hybrid data parallelism: a sequence that is longer than {@code capacity} is
     * cut over as many ranks as hold it, or more where the step is done earlier then; shorter ones
     * are packed. The result is a JSON object; keys may be added. {@code makespan} is when the last
     * rank is done, in ms of one layer's forward pass; {@code lower_bound}: no plan is faster, by
     * the same cost model; {@code planning_ms}: what planning took. {@code kv_bytes} are keys and
     * values sent in one layer's forward pass, {@code kv_bytes_static} the same on a mesh of equal
     * groups that hold the longest sequence, and {@code static_degree} the ranks of such a group, a
     * divisor of {@code ranks}. {@code ranks}, {@code capacity}, {@code sequences}, {@code tokens},
     * {@code micro_batches} and {@code groups} (sequences that are cut) are counts; {@code hash}
     * has 16 digits, the same for the same plan; {@code cost} is the cost model, as a cost file has
     * it. With {@code with_plan}, {@code plan} has {@code ranks}, for each its micro-batches, for
     * each of these its pieces: {@code sequence} (from 0 on), {@code degree} (ranks it is cut over)
     * and, where that is over 1, {@code part} and {@code group}; and {@code groups}, for each its
     * ranks in the order of parts.
     *
     * @param ranks ranks
     * @param capacity tokens that a rank holds in a micro-batch
     * @param costPath a JSON file; what it leaves out keeps its default; null: the default cost
     *     model
     * @param withPlan with plan
     * @param lengths tokens of each sequence
     * @return the json
     * @throws InvalidArgumentException a length, {@code ranks}, {@code capacity} or a coefficient
     *     is out of range; a sequence does not fit
     * @throws ResourceExhaustedException the capacity is over the cost model's limit of activations
     * @throws NotFoundException there is no file at {@code cost_path}
     */
    public static String plan(
            Context context, long ranks, long capacity, Path costPath, int withPlan,
            long... lengths) {
        return Work.run(() -> Native.meshPlan(context.pointer, lengths, ranks, capacity, costPath,
                withPlan), context);
    }
}
