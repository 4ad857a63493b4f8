// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * One kind of op. All texts are static.
 *
 * @param name "linear"
 * @param inputs names of the inputs, in order: "x weight bias?" (? may be left out)
 * @param outputs "y"
 * @param attributes "key=default,..."; a key without default must be given
 * @param help shapes and arithmetic, a sentence or two
 * @param inputCountMin input count min
 * @param inputCountMax input count max
 * @param outputCount output count
 */
public record OpInfo(
        String name, String inputs, String outputs, String attributes, String help,
        long inputCountMin, long inputCountMax, long outputCount) {
}
