// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * One micro-batch of packed sequences for a ready-made model.
 *
 * @param tokens (token_count)
 * @param targets (token_count); null: the next token of the same sequence
 * @param weights (token_count) of each token's loss, finite and not negative; 0 leaves it out, some
 *     must be above 0; null: 1, but 0 for the last token of a sequence where {@code targets} is
 *     NULL
 * @param positions (token_count); null: 0, 1, ... in each sequence
 * @param cuSeqlens (sequence_count + 1) where sequences begin, then token_count; a sequence may be
 *     empty; null: one sequence
 */
public record Batch(
        int[] tokens, int[] targets, float[] weights, int[] positions, int[] cuSeqlens) {
    /**
     * With everything else at its default.
     *
     * @param tokens (token_count)
     * @return the Batch
     */
    public static Batch of(int[] tokens) {
        return new Batch(tokens, null, null, null, null);
    }

    /**
     * A copy with another {@code targets}.
     *
     * @param targets (token_count); null: the next token of the same sequence
     * @return the copy
     */
    public Batch withTargets(int[] targets) {
        return new Batch(tokens, targets, weights, positions, cuSeqlens);
    }

    /**
     * A copy with another {@code weights}.
     *
     * @param weights (token_count) of each token's loss, finite and not negative; 0 leaves it out,
     *     some must be above 0; null: 1, but 0 for the last token of a sequence where {@code
     *     targets} is NULL
     * @return the copy
     */
    public Batch withWeights(float[] weights) {
        return new Batch(tokens, targets, weights, positions, cuSeqlens);
    }

    /**
     * A copy with another {@code positions}.
     *
     * @param positions (token_count); null: 0, 1, ... in each sequence
     * @return the copy
     */
    public Batch withPositions(int[] positions) {
        return new Batch(tokens, targets, weights, positions, cuSeqlens);
    }

    /**
     * A copy with another {@code cuSeqlens}.
     *
     * @param cuSeqlens (sequence_count + 1) where sequences begin, then token_count; a sequence may
     *     be empty; null: one sequence
     * @return the copy
     */
    public Batch withCuSeqlens(int[] cuSeqlens) {
        return new Batch(tokens, targets, weights, positions, cuSeqlens);
    }
}
