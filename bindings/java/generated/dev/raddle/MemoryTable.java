// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * Bytes that training books.
 *
 * @param parameterBytes parameter bytes
 * @param gradientBytes gradient bytes
 * @param optimizerBytes optimizer bytes
 * @param activationBytes of one micro-batch, lifetimes overlaid
 * @param scratchBytes of the hungriest kernel
 * @param otherBytes inputs, verdicts, staging
 * @param totalBytes total bytes
 * @param limitBytes runtime.memory_limit, or what the machine and its limits leave
 * @param missingBytes 0: it fits; else by how much it does not
 */
public record MemoryTable(
        long parameterBytes, long gradientBytes, long optimizerBytes, long activationBytes,
        long scratchBytes, long otherBytes, long totalBytes, long limitBytes, long missingBytes) {
}
