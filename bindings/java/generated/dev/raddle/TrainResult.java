// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/**
 * How a training loop ended.
 *
 * @param stepsDone of the run, earlier sessions included
 * @param stopped true: on request, before train.steps or the last evaluation
 * @param saved true: a checkpoint of exactly this state is on disk
 * @param seconds of this call
 */
public record TrainResult(long stepsDone, boolean stopped, boolean saved, double seconds) {
}
