// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * How gradients are made.
 *
 * @param weightSum what the sum over weighted tokens is divided by: the weights of the whole step
 *     where its batches come in several calls, which are all told the same; 0: those of this call
 * @param accumulate true: add to the gradients that are there, as a further part of the same step;
 *     false: begin a step
 */
public record BackwardOptions(double weightSum, boolean accumulate) {
    /**
     * Everything at its default.
     *
     * @return the BackwardOptions
     */
    public static BackwardOptions defaults() {
        return new BackwardOptions(0, false);
    }

    /**
     * A copy with another {@code weightSum}.
     *
     * @param weightSum what the sum over weighted tokens is divided by: the weights of the whole
     *     step where its batches come in several calls, which are all told the same; 0: those of
     *     this call
     * @return the copy
     */
    public BackwardOptions withWeightSum(double weightSum) {
        return new BackwardOptions(weightSum, accumulate);
    }

    /**
     * A copy with another {@code accumulate}.
     *
     * @param accumulate true: add to the gradients that are there, as a further part of the same
     *     step; false: begin a step
     * @return the copy
     */
    public BackwardOptions withAccumulate(boolean accumulate) {
        return new BackwardOptions(weightSum, accumulate);
    }
}
