// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

/** This process as one of the ranks of a job. */
public final class World extends NativeObject {
    World(long pointer, NativeObject owner) {
        super("world", pointer, Native::worldDestroy, owner);
    }

    /**
     * Joins the others and returns when all are there, or after a minute. A process that nobody
     * started as one of several gets a world of one at once. If a rank has another build, or in
     * {@code config} another value of an option that decides what is computed, all are told which
     * and what. When a rank dies, is stopped or cut off, whatever waits for it in another one
     * returns UNAVAILABLE within a second; the message names the rank, its host and process, and
     * why.
     *
     * @param config config; null: only the builds are compared
     * @param options copied; null: defaults
     * @return the world
     * @throws InvalidArgumentException the environment is no place in a job, or does not say where
     *     rank 0 is; says which variable
     * @throws FailedPreconditionException this rank or another was refused: another build or
     *     config, another secret; or this process is to start several ranks and is none itself
     * @throws AlreadyExistsException another process has this rank
     * @throws UnavailableException not all ranks were there in time, the coordinator's port is
     *     taken, or two ranks are on different hosts and one of them has no UCX; says which
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static World join(Context context, Config config, WorldOptions options) {
        return Work.run(stop -> new World(Native.worldJoin(context.pointer, of(config), options,
                stop), context), context, config);
    }

    /**
     * Tells the others how this rank ends, so that they can name the cause: with {@code code} OK in
     * good order, else with an error. Only the first call counts.
     *
     * @param code code
     * @param message message; null: none
     * @return this
     * @throws InvalidArgumentException {@code code} is none
     */
    public World leave(Code code, String message) {
        Work.run(() -> {
            Native.worldLeave(pointer, code.value(), message);
            return null;
        }, this);
        return this;
    }

    /**
     * Which one this process is, from 0 on.
     *
     * @return the result
     */
    public long rank() {
        return Work.run(() -> Native.worldRank(pointer), this);
    }

    /**
     * How many ranks there are.
     *
     * @return the result
     */
    public long size() {
        return Work.run(() -> Native.worldSize(pointer), this);
    }

    /**
     * What the environment says of this process's place, as a JSON object: {@code source} (whose
     * contract won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set, indexed_job,
     * node_ranks, or alone), {@code rank}, {@code size}, {@code local_rank}, {@code local_size},
     * {@code node_rank}, {@code ranks_to_start} (over 1: this process is to start so many ranks and
     * is none), {@code coordinator}, {@code has_secret}, and {@code contradictions}, a text for
     * each. Keys may be added. Nobody is asked anything.
     *
     * @return the json
     * @throws InvalidArgumentException the contract that wins is no place in a job; says which
     *     variable
     */
    public static String placeJson(Context context) {
        return Work.run(() -> Native.worldPlaceJson(context.pointer), context);
    }
}
