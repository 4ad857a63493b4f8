// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * What a context is made with.
 *
 * @param logLevel the lowest level that reaches the callback
 * @param logCallback log callback; null: no log
 */
record RawContextOptions(int logLevel, long logCallback) {
}
