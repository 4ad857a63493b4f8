// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * How gradients are applied.
 *
 * @param learningRate of this step, if {@code own_learning_rate} is 1
 * @param ownLearningRate false: the rate of optimizer.learning_rate and schedule.* at this step;
 *     true: {@code learning_rate}, which may be 0
 */
public record ApplyOptions(double learningRate, boolean ownLearningRate) {
    /**
     * Everything at its default.
     *
     * @return the ApplyOptions
     */
    public static ApplyOptions defaults() {
        return new ApplyOptions(0, false);
    }

    /**
     * A copy with another {@code learningRate}.
     *
     * @param learningRate of this step, if {@code own_learning_rate} is 1
     * @return the copy
     */
    public ApplyOptions withLearningRate(double learningRate) {
        return new ApplyOptions(learningRate, ownLearningRate);
    }

    /**
     * A copy with another {@code ownLearningRate}.
     *
     * @param ownLearningRate false: the rate of optimizer.learning_rate and schedule.* at this
     *     step; true: {@code learning_rate}, which may be 0
     * @return the copy
     */
    public ApplyOptions withOwnLearningRate(boolean ownLearningRate) {
        return new ApplyOptions(learningRate, ownLearningRate);
    }
}
