// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What a training step took.
 *
 * @param steps measured
 * @param tokensPerStep tokens per step
 * @param parameterElements parameter elements
 * @param flopsPerStep (6 N + 6 L C T) x tokens: N parameters, L layers, C width, T length
 * @param peakRssBytes of this process so far
 * @param stepMsMedian step ms median
 * @param stepMsMin step ms min
 * @param stepMsMax step ms max
 * @param firstStepMs the first step, its allocations included
 * @param planMs plan ms
 * @param createMs planning, allocating and drawing weights
 * @param tokensPerSecond of the median step
 */
public record StepBench(
        long steps, long tokensPerStep, long parameterElements, long flopsPerStep,
        long peakRssBytes, double stepMsMedian, double stepMsMin, double stepMsMax,
        double firstStepMs, double planMs, double createMs, double tokensPerSecond) {
}
