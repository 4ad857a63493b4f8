// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;

/**
 * A copy of what the C ABI hands out as {@code raddle_event_t}.
 *
 * @param kind kind
 * @param step step
 * @param stepsTotal steps total
 * @param metrics metrics; null: not of this kind
 * @param evaluation evaluation; null: not of this kind
 * @param path path; null: not of this kind
 * @param message message; null: not of this kind
 * @param text what the token adds, as in raddle_token_callback_t; null: not of this kind
 * @param token token
 */
record RawEvent(
        int kind, long step, long stepsTotal, Metrics metrics, Evaluation evaluation, Path path,
        String message, byte[] text, int token) {
}
