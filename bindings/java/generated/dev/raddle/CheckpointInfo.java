// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;

/**
 * A copy of what the C ABI hands out as {@code raddle_checkpoint_info_t}.
 *
 * @param path path
 * @param step step
 * @param bytes bytes
 * @param good true: manifest and file sizes are right (checksums: raddle_checkpoint_verify)
 * @param problem what is wrong with one that is not good, else ""
 * @param branch of the run that trained it; "" where {@code directory} is no run directory
 * @param inForce false: it belongs to a branch that was set aside
 * @param halfWritten true: it is being written, or never was finished; then it is not good
 */
public record CheckpointInfo(
        Path path, long step, long bytes, boolean good, String problem, String branch,
        boolean inForce, boolean halfWritten) {
}
