// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What a step did.
 *
 * @param step steps done, this one included: 1 after the first
 * @param loss next-token loss in nats, mean over the step's weighted tokens
 * @param totalLoss with the other terms (multi-token prediction)
 * @param gradNorm global, before clipping
 * @param learningRate learning rate
 * @param stepTokens tokens of this step
 * @param tokens tokens of the run so far
 * @param stepMs step ms
 * @param tokensPerSecond step_tokens in step_ms
 * @param flopsPerSecond model arithmetic, see raddle_session_info_t
 * @param skippedTotal steps of the run whose gradients were not finite
 * @param skipped true: this step was one, and the weights were left alone
 */
public record Metrics(
        long step, double loss, double totalLoss, double gradNorm, double learningRate,
        long stepTokens, long tokens, double stepMs, double tokensPerSecond, double flopsPerSecond,
        long skippedTotal, boolean skipped) {
}
