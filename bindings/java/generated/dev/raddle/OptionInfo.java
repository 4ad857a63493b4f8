// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * One row of the table of options. All texts are static.
 *
 * @param key "train.steps"
 * @param type integer number boolean string choice path list size groups
 * @param defaultValue "1000"
 * @param unit "steps", or ""
 * @param scope cluster: ranks must agree, part of the result; process: may differ
 * @param accepts an interval "[0,)", choices "a|b", or ""
 * @param help a sentence
 * @param environment "RADDLE_TRAIN_STEPS"
 * @param change What another value means when a run is resumed. model: part of what was trained,
 *     the resume is refused; run: holds from that step on and is recorded with it; process: never
 *     changes a result and leaves no record.
 */
public record OptionInfo(
        String key, String type, String defaultValue, String unit, String scope, String accepts,
        String help, String environment, String change) {
}
