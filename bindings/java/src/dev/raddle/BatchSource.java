// SPDX-License-Identifier: Apache-2.0
package dev.raddle;

/** Makes the micro-batches of a training. */
@FunctionalInterface
public interface BatchSource {
    /**
     * Makes one. A run that is resumed asks from the step on at which it goes on. Returns the
     * batch; null: there is no more, and training ends as if stopped.
     *
     * @param step steps done before
     * @param microBatch its number within the step, from 0
     */
    Batch make(long step, long microBatch);
}
