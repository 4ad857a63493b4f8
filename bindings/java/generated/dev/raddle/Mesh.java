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

    /**
     * Plans one step for attention that exchanges heads for tokens: each micro-batch divides the
     * ranks into groups anew, small ones for short sequences (FlexSP). The cost model must have
     * {@code all_to_all}. The result is a JSON object; keys may be added. {@code time_ms} is what
     * all micro-batches take after each other, by the cost model; {@code equal_groups_ms} the same
     * for the best plan that the planner finds with groups of one size, 0 where none fits, and
     * never less; {@code planning_ms}: what planning took. {@code shapes} has for each micro-batch
     * the ranks of its groups, largest first; ranks that are left have nothing to do. {@code
     * ranks}, {@code capacity}, {@code sequences}, {@code tokens}, {@code micro_batches} and {@code
     * groups} are counts; {@code hash} has 16 digits, the same for the same plan; {@code cost} is
     * the cost model, as a cost file has it. With {@code with_plan}, {@code plan} has for each
     * micro-batch its groups: {@code first_rank}, {@code degree} (its ranks, which follow each
     * other), {@code time_ms} and {@code sequences} (from 0 on).
     *
     * @param ranks ranks
     * @param capacity tokens that a rank holds in a micro-batch
     * @param anySize groups of any number of ranks; else of powers of two
     * @param costPath a JSON file
     * @param withPlan with plan
     * @param lengths tokens of each sequence
     * @return the json
     * @throws InvalidArgumentException a length, {@code ranks}, {@code capacity} or a coefficient
     *     is out of range; a sequence does not fit; the cost model has no {@code all_to_all}
     * @throws ResourceExhaustedException the capacity is over the cost model's limit of activations
     * @throws NotFoundException there is no file at {@code cost_path}
     */
    public static String planGroups(
            Context context, long ranks, long capacity, int anySize, Path costPath, int withPlan,
            long... lengths) {
        return Work.run(() -> Native.meshPlanGroups(context.pointer, lengths, ranks, capacity,
                anySize, costPath, withPlan), context);
    }

    /**
     * Computes what a step on so many ranks would take, for each way to place its sequences: {@code
     * static}, on a mesh of equal groups that is made once for sequences of {@code longest} tokens;
     * and for rings {@code naive} (ByteScale's first algorithm) and {@code balanced} (the plan of
     * {@code Mesh.plan}). Nothing is run or measured; ratios of two policies say something, seconds
     * do not. The result is a JSON object; keys may be added. {@code profile} is what costs are
     * from, as a profile file has it, with its sources; {@code ranks}, {@code capacity}, {@code
     * longest}, {@code sequences}, {@code tokens} and {@code static_degree} (ranks of a group of
     * the static mesh) are counts. {@code policies} has for each, {@code static} first, {@code
     * policy}, {@code step_ms}, {@code speedup} (of static), {@code gradient_ms} (of the step, at
     * its end), {@code busy_ms} (computing and transfers that nothing hides: {@code least}, {@code
     * mean}, {@code most} and {@code deviation} by rank), shares of all ranks' time {@code
     * exposed_share} (those transfers), {@code waiting_share} and {@code transfer_bound_share}
     * (attention whose transfers take longer than what they overlap), and the counts {@code
     * micro_batches} and {@code kv_bytes} (keys and values sent in one layer's forward pass).
     * {@code not_predicted} lists, in sentences, what the result says nothing about.
     *
     * @param ranks ranks
     * @param capacity tokens that a rank holds in a micro-batch
     * @param longest tokens that the static mesh is made for; 0: the longest of these sequences
     * @param profile the name of a built-in profile, or a JSON file; null: bytescale-7b
     * @param lengths tokens of each sequence
     * @return the json
     * @throws InvalidArgumentException a length, {@code ranks}, {@code capacity}, {@code longest}
     *     or the profile is out of range; a sequence does not fit
     * @throws ResourceExhaustedException the capacity is over the profile's limit of activations
     * @throws NotFoundException {@code profile} is no built-in's name, and no file either
     */
    public static String simulate(
            Context context, long ranks, long capacity, long longest, Path profile,
            long... lengths) {
        return Work.run(() -> Native.meshSimulate(context.pointer, lengths, ranks, capacity,
                longest, profile), context);
    }

    /**
     * Draws lengths of sequences like those of a published data set, until they have {@code tokens}
     * tokens together; the last is cut to that. The same arguments give the same lengths. The
     * result is a JSON object; keys may be added: {@code set}, {@code longest} (tokens; longer ones
     * are cut to it), {@code tokens}, {@code seed}, and {@code lengths}, a list.
     *
     * @param set byted, github, wikipedia or commoncrawl, and the longest sequence: byted-2m,
     *     github-256k
     * @param tokens tokens
     * @param seed seed
     * @return the json
     * @throws InvalidArgumentException there is no such set; {@code tokens} or {@code seed} is out
     *     of range
     */
    public static String drawLengths(Context context, String set, long tokens, long seed) {
        return Work.run(() -> Native.meshDrawLengths(context.pointer, set, tokens, seed), context);
    }
}
