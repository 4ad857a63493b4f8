// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What a session is and how far it is.
 *
 * @param parameterElements parameter elements
 * @param vocabSize vocab size
 * @param contextTokens longest sequence
 * @param microBatchTokens capacity of one micro-batch
 * @param microBatches of one step
 * @param stepsDone steps done
 * @param stepsTotal train.steps
 * @param tokensDone tokens done
 * @param flopsPerToken of a training step: 6 N + 6 L C T, as in bench.h
 * @param memoryBytes that the session has allocated
 * @param threads threads
 */
public record SessionInfo(
        long parameterElements, long vocabSize, long contextTokens, long microBatchTokens,
        long microBatches, long stepsDone, long stepsTotal, long tokensDone, long flopsPerToken,
        long memoryBytes, int threads) {
}
