// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.file.Path;
import java.util.function.LongConsumer;

/** The calls of {@link Session} that need no thought. */
abstract class SessionCalls extends NativeObject {
    SessionCalls(long pointer, LongConsumer destroy, NativeObject owner) {
        super("session", pointer, destroy, owner);
    }

    /** What another object holds. */
    SessionCalls(long pointer, NativeObject lender) {
        super(pointer, lender);
    }

    /**
     * A session that trains the ready-made model of model.* on the data of data.*. The run
     * directory is made or changed when training or saving begins, not before; then, if {@code
     * resume} names a checkpoint that is not the run's newest, what came after it is set aside
     * (checkpoint.h). Plans the training step and allocates what it needs; draws the weights, or
     * reads them (model.init_from, resume).
     *
     * @param config copied
     * @param options copied; null: defaults
     * @return the session
     * @throws InvalidArgumentException the config does not validate, or lacks a key that must be
     *     given
     * @throws NotFoundException data, tokenizer, weights or checkpoint are not there
     * @throws AlreadyExistsException the run directory holds a run, and {@code resume} is null; or
     *     it holds files that no run wrote, under names that a run would write over
     * @throws FailedPreconditionException the checkpoint is of another model or other data; says
     *     which
     * @throws DataLossException the checkpoint is damaged; names file and tensor. With "auto": so
     *     is every one of the run, or they are gone
     * @throws IoException with "auto": no checkpoint of the run can be read now
     * @throws ResourceExhaustedException the plan does not fit; says by how many bytes
     * @throws UnavailableException a library or kernel that the config demands is missing, or
     *     another session writes to the run directory; says which
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static Session create(Context context, Config config, SessionOptions options) {
        return Work.run(stop -> new Session(Native.sessionCreate(context.pointer, config.pointer,
                options, stop), context), context, config);
    }

    /**
     * A session for a model of the caller's own. The caller brings the batches ({@code
     * Session.stepInputs}); model.* and data.* are not looked at.
     *
     * @param config copied
     * @param graph finished; copied
     * @param options copied; null: defaults
     * @return the session
     * @throws InvalidArgumentException the config does not validate, or lacks a key that must be
     *     given
     * @throws NotFoundException data, tokenizer, weights or checkpoint are not there
     * @throws AlreadyExistsException the run directory holds a run, and {@code resume} is null; or
     *     it holds files that no run wrote, under names that a run would write over
     * @throws FailedPreconditionException the graph is not finished or has no loss
     * @throws DataLossException the checkpoint is damaged; names file and tensor. With "auto": so
     *     is every one of the run, or they are gone
     * @throws IoException with "auto": no checkpoint of the run can be read now
     * @throws ResourceExhaustedException the plan does not fit; says by how many bytes
     * @throws UnavailableException a library or kernel that the config demands is missing, or
     *     another session writes to the run directory; says which
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static Session createFromGraph(
            Context context, Config config, Graph graph, SessionOptions options) {
        return Work.run(stop -> new Session(Native.sessionCreateFromGraph(context.pointer,
                config.pointer, graph.pointer, options, stop), context), context, config, graph);
    }

    /**
     * A session over a trained model, to evaluate and generate; it has no optimizer and does not
     * train.
     *
     * @param path a run directory (its newest good checkpoint), a checkpoint, or a Hugging Face
     *     directory
     * @param config what the caller sets overrides what the run was trained with (runtime.threads,
     *     data.validation_path, generate.*); a key of model.* that contradicts the weights is an
     *     error. A data.validation_path set here is scored in sequences as long as the model's
     *     context, however it was trained; null: nothing to override
     * @return the session
     * @throws InvalidArgumentException the config does not validate, or lacks a key that must be
     *     given
     * @throws NotFoundException {@code path} is none of the three; says what was looked for
     * @throws AlreadyExistsException the run directory holds a run, and {@code resume} is null; or
     *     it holds files that no run wrote, under names that a run would write over
     * @throws FailedPreconditionException the checkpoint is of another model or other data; says
     *     which
     * @throws DataLossException the checkpoint is damaged; names file and tensor. With "auto": so
     *     is every one of the run, or they are gone
     * @throws IoException with "auto": no checkpoint of the run can be read now
     * @throws ResourceExhaustedException the plan does not fit; says by how many bytes
     * @throws UnavailableException a library or kernel that the config demands is missing, or
     *     another session writes to the run directory; says which
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     */
    public static Session open(Context context, Path path, Config config) {
        return Work.run(stop -> new Session(Native.sessionOpen(context.pointer, path, of(config),
                stop), context), context, config);
    }

    /**
     * What the session trains, how far it is, and what it takes.
     *
     * @return the info
     */
    public SessionInfo info() {
        return Work.run(() -> Native.sessionGetInfo(pointer), this);
    }

    /**
     * One optimizer step on the caller's micro-batches.
     *
     * @param batches {@code batch_count} micro-batches, from 1 to train.micro_batches
     * @return the metrics
     * @throws InvalidArgumentException a token or target outside the vocabulary, cu_seqlens that do
     *     not go from 0 to token_count without falling, a sequence or batch that is too long; the
     *     state is unchanged
     * @throws FailedPreconditionException the session does not train, or was made from a graph
     * @throws NumericException as train.non_finite and train.non_finite_limit say
     * @throws CancelledException a {@link StopToken} or an interrupt ends it; the state is
     *     unchanged
     */
    public Metrics step(Batch... batches) {
        return Work.run(stop -> Native.sessionStep(pointer, batches, stop), this);
    }

    /**
     * One optimizer step on the next micro-batches of the data of data.*.
     *
     * @return the metrics
     * @throws InvalidArgumentException a token or target outside the vocabulary, cu_seqlens that do
     *     not go from 0 to token_count without falling, a sequence or batch that is too long; the
     *     state is unchanged
     * @throws FailedPreconditionException the session does not train, or no data is configured
     * @throws NumericException as train.non_finite and train.non_finite_limit say
     * @throws CancelledException a {@link StopToken} or an interrupt ends it; the state is
     *     unchanged
     */
    public Metrics stepOnData() {
        return Work.run(stop -> Native.sessionStepOnData(pointer, stop), this);
    }

    /**
     * Evaluates on data.validation_path, or on the part of the training data kept for it; as much
     * of it as train.eval_batches says. Changes nothing.
     *
     * @return the evaluation
     * @throws FailedPreconditionException there is no validation data, or the session was made from
     *     a graph
     * @throws NumericException the loss is not finite
     * @throws CancelledException a {@link StopToken} or an interrupt ends it: a part is no result
     */
    public Evaluation evaluate() {
        return Work.run(stop -> Native.sessionEvaluate(pointer, stop), this);
    }

    /**
     * The same, written as a safetensors file with the F32 tensor {@code logits} (token_count,
     * vocab_size).
     *
     * @param path a file that is not there yet
     * @param tokens tokens
     * @return this
     * @throws InvalidArgumentException a token outside the vocabulary, too many, or too little
     *     room; says how much is needed
     * @throws FailedPreconditionException the session was made from a graph
     * @throws NumericException a logit is not finite
     * @throws CancelledException a {@link StopToken} or an interrupt ends it
     * @throws AlreadyExistsException there is something at {@code path}; it is kept
     * @throws IoException the operating system refused an operation
     * @throws ResourceExhaustedException memory or disk is short; the message says by how much
     */
    public Session writeLogits(Path path, int... tokens) {
        Work.run(stop -> {
            Native.sessionWriteLogits(pointer, tokens, path, stop);
            return null;
        }, this);
        return (Session) this;
    }

    /**
     * How many tensors of state there are: every parameter NAME, and in a session that trains also
     * gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze. A state that holds
     * its parameters in BF16 too, for computing, has compute/NAME of each.
     *
     * @return the result
     */
    public long tensorCount() {
        return Work.run(() -> Native.sessionTensorCount(pointer), this);
    }

    /**
     * The name of tensor {@code index}, parameters first.
     *
     * @param index index
     * @return the result
     */
    public String tensorName(long index) {
        return Work.run(() -> Native.sessionTensorName(pointer, index), this);
    }

    /**
     * Forward and backward on the caller's micro-batches: gradients and their loss, no update.
     * Gradients are there (as tensors gradient/NAME) until {@code Session.apply} uses them up or a
     * step begins anew. A call that is refused leaves those that are there; one that ends on its
     * way leaves none.
     *
     * @param options options; null: defaults
     * @param batches {@code batch_count} micro-batches, from 1 to train.micro_batches
     * @return loss, total_loss, tokens of the step so far; steps done before it
     * @throws InvalidArgumentException a token or target outside the vocabulary, cu_seqlens that do
     *     not go from 0 to token_count without falling, a sequence or batch that is too long; the
     *     state is unchanged
     * @throws FailedPreconditionException the session does not train, or was made from a graph
     * @throws NumericException as train.non_finite and train.non_finite_limit say
     * @throws CancelledException a {@link StopToken} or an interrupt ends it; the state is
     *     unchanged
     */
    public Metrics backward(BackwardOptions options, Batch... batches) {
        return Work.run(stop -> Native.sessionBackward(pointer, batches, options, stop), this);
    }

    /**
     * The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there. It
     * counts as a step of the run.
     *
     * @param options options; null: defaults
     * @return of the whole step
     * @throws FailedPreconditionException the session does not train, or there are no gradients
     * @throws InvalidArgumentException a learning rate that is not 0 to 3e38
     * @throws NumericException as train.non_finite and train.non_finite_limit say
     */
    public Metrics apply(ApplyOptions options) {
        return Work.run(() -> Native.sessionApply(pointer, options), this);
    }

    /**
     * Evaluates on batches of the caller's, as one: the mean over all their weighted tokens.
     *
     * @param batches batches
     * @return the evaluation
     * @throws InvalidArgumentException a batch that {@code Session.step} would refuse
     * @throws FailedPreconditionException the session was made from a graph, or no token has a
     *     weight above 0
     * @throws NumericException the loss is not finite
     * @throws CancelledException a {@link StopToken} or an interrupt ends it: a part is no result
     */
    public Evaluation evaluateBatches(Batch... batches) {
        return Work.run(stop -> Native.sessionEvaluateBatches(pointer, batches, stop), this);
    }

    /**
     * Copies values into a tensor of the state, wherever it lies. They count from the next call on.
     * compute/NAME follows its parameter and is refused.
     *
     * @param name name
     * @param values values
     * @return this
     * @throws NotFoundException no such tensor (the nearest is named)
     * @throws InvalidArgumentException {@code count} is not the tensor's, which is named
     */
    public Session writeTensor(String name, float... values) {
        Work.run(() -> {
            Native.sessionWriteTensor(pointer, name, values);
            return null;
        }, this);
        return (Session) this;
    }

    /**
     * Saves the session's whole state: weights, optimizer, counters, data cursor.
     *
     * @param path the checkpoint's directory, which must not exist; null: a new one among the run
     *     directory's, which are then thinned out as checkpoint.keep_* say
     * @return where it is
     * @throws FailedPreconditionException the session does not train; path is null and it has no
     *     run directory
     * @throws AlreadyExistsException there is something at {@code path}
     * @throws ResourceExhaustedException the disk is full; earlier checkpoints are untouched
     * @throws NumericException a weight or moment is not finite; nothing is written
     * @throws IoException the operating system refused an operation
     * @throws CancelledException a {@link StopToken} or an interrupt ends it; nothing is written
     */
    public Path save(Path path) {
        return Work.run(stop -> Native.sessionSave(pointer, path, stop), this);
    }

    /**
     * Puts the session back into a saved state. Bit for bit: training goes on as if it had not
     * stopped.
     *
     * @param path path
     * @return this
     * @throws NotFoundException there is no checkpoint at {@code path}
     * @throws DataLossException the checkpoint is damaged; names file and tensor
     * @throws FailedPreconditionException the checkpoint is of another model or other data, or the
     *     session does not train
     * @throws CancelledException a {@link StopToken} or an interrupt ends it before the state
     *     changed
     */
    public Session restore(Path path) {
        Work.run(stop -> {
            Native.sessionRestore(pointer, path, stop);
            return null;
        }, this);
        return (Session) this;
    }
}
