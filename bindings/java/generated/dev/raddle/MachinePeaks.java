// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What the machine can do.
 *
 * @param threads threads
 * @param fmaGflops FP32 fused multiply-add from registers, all threads
 * @param triadGbPerSecond a = b + s c in memory, 12 bytes an element, all threads; 0: not measured
 */
public record MachinePeaks(int threads, double fmaGflops, double triadGbPerSecond) {
}
