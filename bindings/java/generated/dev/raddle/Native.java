// SPDX-License-Identifier: Apache-2.0
// Generated from include/interface by emit_java.py.
package dev.raddle;

import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The C ABI: a handle is a long, and an error an exception. */
final class Native {
    static final int MAJOR = 0;
    static final int MINOR = 1;
    static final int PATCH = 0;

    static {
        NativeLibrary.load();
    }

    private Native() {
    }

    /** The version of the library that is loaded, to be compared with RADDLE_VERSION. */
    static native int version();

    /** The same as text, "0.1.0". */
    static native String versionString();

    /**
     * How the library was built: lines of "key: value" (version, compiler, build type, sanitizers).
     */
    static native String buildInfo();

    /** "INVALID_ARGUMENT"; "UNKNOWN" for a code that this library does not know. */
    static native String codeName(int code);

    /** "call"; "unknown" for a scope that this library does not know. */
    static native String scopeName(int scope);

    /** Makes a context. */
    static native long contextCreate(RawContextOptions options);

    /** When it returns, the log callback is not running and will not run again. */
    static native void contextDestroy(long context);

    /**
     * What the machine offers and what Raddle makes of it, as a JSON object: processor, instruction
     * sets, cores, memory and its limits, matrix libraries found, the kernel that each op would get
     * and why.
     */
    static native String contextDescribe(long context);

    /** One that asks for nothing yet. */
    static native long stopCreate();

    /** NULL-safe; nulls it. */
    static native void stopDestroy(long stop);

    /** Asks to stop in good order. */
    static native void stopRequest(long stop);

    /** Makes every call that has it return CANCELLED as soon as possible. */
    static native void stopCancel(long stop);

    /** What was asked for so far; it only rises. */
    static native int stopGrade(long stop);

    /**
     * How far the work is that began last with it, in the parts that raddle_stop_total() counts:
     * steps of a training, tokens of a generation, batches of an evaluation, merges of a tokenizer,
     * bytes of anything that reads or writes files.
     */
    static native long stopDone(long stop);

    /** How many parts that work has. */
    static native long stopTotal(long stop);

    /** Every option at its default. */
    static native long configCreate();

    /** NULL-safe; nulls it. */
    static native void configDestroy(long config);

    /** Sets one option from this program: the highest rank. */
    static native void configSet(long config, String key, String value);

    /** The same with another origin, for programs that read command lines or files of their own. */
    static native void configSetFrom(
            long config, String key, String value, int origin, String detail);

    /** Reads a recipe: a TOML file, where nested tables make dotted keys. */
    static native void configLoadFile(long config, Path path);

    /** The same from memory. */
    static native void configLoadText(long config, byte[] text, String name);

    /** Takes RADDLE_TRAIN_STEPS and the like from the process's environment. */
    static native void configLoadEnvironment(long config);

    /** The value as text, in canonical form. */
    static native String configGet(long config, String key);

    /**
     * Where the value came from: "default", "recipe kjv.toml:12", "environment RADDLE_TRAIN_STEPS",
     * "--set", "call", or what the call named.
     */
    static native String configGetOrigin(long config, String key);

    /** Checks what no single value shows wrong. */
    static native void configValidate(long config);

    /**
     * Sets the keys model.* that no source set to those of the model that model.hf_config or
     * model.init_from names, to look at; where neither is set nothing changes.
     */
    static native void configFillModel(long config);

    /** Every option as TOML, sorted by key; raddle_config_load_text() reads it back. */
    static native String configToToml(long config);

    /** A hash of the options of scope "cluster": equal hashes mean the same run. */
    static native long configHash(long config);

    /** How many options there are. */
    static native long optionCount();

    /** Option {@code index}, in order of key. */
    static native OptionInfo optionGetInfo(long index);

    /** Joins the others and returns when all are there, or after a minute. */
    static native long worldJoin(long context, long config, WorldOptions options, long stop);

    /**
     * Leaves in good order if that has not happened yet, and waits until the others know, at most
     * three seconds.
     */
    static native void worldDestroy(long world);

    /**
     * Tells the others how this rank ends, so that they can name the cause: with {@code code} OK in
     * good order, else with an error.
     */
    static native void worldLeave(long world, int code, String message);

    /** Which one this process is, from 0 on. */
    static native long worldRank(long world);

    /** How many ranks there are. */
    static native long worldSize(long world);

    /**
     * What the environment says of this process's place, as a JSON object: {@code source} (whose
     * contract won: raddle, torchrun, pet, slurm, openmpi, pmi, leader_worker_set, indexed_job,
     * node_ranks, or alone), {@code rank}, {@code size}, {@code local_rank}, {@code local_size},
     * {@code node_rank}, {@code ranks_to_start} (over 1: this process is to start so many ranks and
     * is none), {@code coordinator}, {@code has_secret}, and {@code contradictions}, a text for
     * each.
     */
    static native String worldPlaceJson(long context);

    /** How many kinds of op can be added to a graph. */
    static native long opCount();

    /** Kind {@code index}. */
    static native OpInfo opGetInfo(long index);

    /** An empty graph. */
    static native long graphCreate(long context);

    /** NULL-safe; nulls it. */
    static native void graphDestroy(long graph);

    /**
     * The ready-made model that model.* describes (gpt2, llama, qwen3; with or without virtual
     * width and multi-token prediction), for micro-batches of train.micro_batch_tokens.
     */
    static native long graphCreateModel(long context, long config);

    /** The graph that raddle_graph_to_text() wrote. */
    static native long graphCreateFromText(long context, byte[] text);

    /** A tensor that the caller gives with every micro-batch. */
    static native int graphAddInput(long graph, String name, int dtype, long[] dims);

    /** A tensor that training changes. */
    static native int graphAddParameter(
            long graph, String name, int dtype, long[] dims, String attributes);

    /** Any op by name. */
    static native void graphAddOp(
            long graph, String op, String name, int[] inputs, String attributes, int[] outputs);

    /**
     * Ops added from now on belong to this block: what train.recompute = "block" keeps or computes
     * again as one.
     */
    static native void graphSetBlock(long graph, int block);

    /**
     * What activations and caches are, and parameters where products and tables read them:
     * RADDLE_F32, which it is otherwise, or RADDLE_BF16.
     */
    static native void graphSetPrecision(long graph, int dtype);

    /** Adds {@code coefficient} x {@code loss} to what training minimises. */
    static native void graphAddLoss(long graph, int loss, double coefficient);

    /**
     * Keeps a tensor for the caller to read after each run (raddle_session_read_output()): a result
     * beside the losses, such as logits or hidden states.
     */
    static native void graphAddOutput(long graph, int tensor);

    /** Checks the graph and freezes it. */
    static native void graphFinish(long graph);

    /** The graph as text that people can read and raddle_graph_create_from_text() reads back. */
    static native String graphToText(long graph);

    /** How many parameter elements the graph has. */
    static native long graphParameterElements(long graph);

    /** How many tensors a finished graph has: they are numbered from 0. */
    static native long graphTensorCount(long graph);

    /** Describes a tensor of a finished graph. */
    static native RawGraphTensor graphGetTensor(long graph, int tensor);

    /** The tensor of that name in a finished graph. */
    static native int graphFindTensor(long graph, String name);

    /** How many operations a finished graph has, in the order in which they run. */
    static native long graphNodeCount(long graph);

    /** Describes an operation of a finished graph. */
    static native GraphNode graphGetNode(long graph, long index);

    /**
     * Plans the training step of the model that the config describes, or of {@code graph}. A plan
     * that does not fit is made all the same; its table says by how much.
     */
    static native long planCreate(long context, long config, long graph);

    /** NULL-safe; nulls it. */
    static native void planDestroy(long plan);

    /** What the plan books, and whether it fits. */
    static native MemoryTable planGetMemory(long plan);

    /**
     * The plan for people: memory table, kernels with the reasons why faster ones were refused,
     * instructions with their buffers.
     */
    static native String planExplain(long plan);

    /**
     * The same for programs: a JSON object with memory, parameters, groups of optimizer.group (from
     * 1 on in parameters), kernels, instructions, hash, flops_per_token.
     */
    static native String planToJson(long plan);

    /** Equal hashes mean equal plans. */
    static native long planHash(long plan);

    /**
     * Plans one step of hybrid data parallelism: a sequence that is longer than {@code capacity} is
     * cut over as many ranks as hold it, or more where the step is done earlier then; shorter ones
     * are packed.
     */
    static native String meshPlan(
            long context, long[] lengths, long ranks, long capacity, Path costPath, int withPlan);

    /**
     * Plans one step for attention that exchanges heads for tokens: each micro-batch divides the
     * ranks into groups anew, small ones for short sequences (FlexSP).
     */
    static native String meshPlanGroups(
            long context, long[] lengths, long ranks, long capacity, int anySize, Path costPath,
            int withPlan);

    /**
     * Computes what a step on so many ranks would take, for each way to place its sequences: {@code
     * static}, on a mesh of equal groups that is made once for sequences of {@code longest} tokens;
     * and for rings {@code naive} (ByteScale's first algorithm) and {@code balanced} (the plan of
     * raddle_mesh_plan()).
     */
    static native String meshSimulate(
            long context, long[] lengths, long ranks, long capacity, long longest, Path profile);

    /**
     * Draws lengths of sequences like those of a published data set, until they have {@code tokens}
     * tokens together; the last is cut to that.
     */
    static native String meshDrawLengths(long context, String set, long tokens, long seed);

    /** Opens a tokenizer. */
    static native long tokenizerOpen(long context, Path name);

    /**
     * Trains a byte-level BPE tokenizer on the texts of data.path (as data.format and
     * data.text_field say) with data.vocab_size tokens, or fewer and a warning in the log if the
     * texts have too few pairs.
     */
    static native long tokenizerTrain(long context, long config, long stop);

    /** NULL-safe; nulls it. */
    static native void tokenizerDestroy(long tokenizer);

    /** Writes it as a Hugging Face tokenizer.json, atomically. */
    static native void tokenizerSave(long tokenizer, Path path);

    /** How many tokens it knows. */
    static native long tokenizerVocabSize(long tokenizer);

    /** The token that ends a text; -1 if there is none. */
    static native int tokenizerEndToken(long tokenizer);

    /** Text to tokens. */
    static native long tokenizerEncode(long tokenizer, byte[] text, int[] tokens);

    /**
     * Text to tokens as a prompt: what begins every document in training (a beginning-of-text
     * token, where the tokenizer's files ask for one) begins the prompt too, unless the text spells
     * it itself.
     */
    static native long tokenizerEncodePrompt(long tokenizer, byte[] text, int[] tokens);

    /** Tokens to text. */
    static native byte[] tokenizerDecode(long tokenizer, int[] tokens);

    /**
     * Writes the texts of data.path as a token file that data.path can name in place of them, in
     * the tokenizer of data.tokenizer.
     */
    static native TokenizeResult dataTokenize(long context, long config, Path path, long stop);

    /**
     * What a data file holds, as a JSON object: format, documents, tokens or bytes, the lengths'
     * quantiles, the vocabulary, and the first texts as the model will see them.
     */
    static native String dataInspect(long context, long config, Path path, long stop);

    /**
     * A session that trains the ready-made model of model.* on the data of data.*. The run
     * directory is made or changed when training or saving begins, not before; then, if {@code
     * resume} names a checkpoint that is not the run's newest, what came after it is set aside
     * (checkpoint.h).
     */
    static native long sessionCreate(long context, long config, SessionOptions options, long stop);

    /** A session for a model of the caller's own. */
    static native long sessionCreateFromGraph(
            long context, long config, long graph, SessionOptions options, long stop);

    /** A session that trains together with the same session of every other rank. */
    static native long sessionCreateInWorld(
            long context, long world, long config, long graph, SessionOptions options, long stop);

    /**
     * A session over a trained model, to evaluate and generate; it has no optimizer and does not
     * train.
     */
    static native long sessionOpen(long context, Path path, long config, long stop);

    /** NULL-safe; nulls it. */
    static native void sessionDestroy(long session);

    /** What the session trains, how far it is, and what it takes. */
    static native SessionInfo sessionGetInfo(long session);

    /** The session's tokenizer. */
    static native long sessionGetTokenizer(long session);

    /** One optimizer step on the caller's micro-batches. */
    static native Metrics sessionStep(long session, Batch[] batches, long stop);

    /** One optimizer step on the next micro-batches of the data of data.*. */
    static native Metrics sessionStepOnData(long session, long stop);

    /** One optimizer step of a caller's graph, on the inputs of one micro-batch. */
    static native Metrics sessionStepInputs(long session, RawTensorView[] inputs, long stop);

    /**
     * Evaluates on data.validation_path, or on the part of the training data kept for it; as much
     * of it as train.eval_batches says.
     */
    static native Evaluation sessionEvaluate(long session, long stop);

    /**
     * Trains up to train.steps on the data of data.*, evaluating and saving as the config says; at
     * the end it saves once more.
     */
    static native TrainResult sessionTrain(long session, long stop, Callbacks.Event callback);

    /** The logits of every position of one sequence. */
    static native void sessionLogits(long session, int[] tokens, long stop, float[] logits);

    /**
     * The same, written as a safetensors file with the F32 tensor {@code logits} (token_count,
     * vocab_size).
     */
    static native void sessionWriteLogits(long session, int[] tokens, Path path, long stop);

    /** Continues a sequence of tokens, with a key-value cache. */
    static native GenerateResult sessionGenerate(
            long session, int[] prompt, GenerateOptions options, long stop,
            Callbacks.Token callback);

    /**
     * How many tensors of state there are: every parameter NAME, and in a session that trains also
     * gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze.
     */
    static native long sessionTensorCount(long session);

    /** The name of tensor {@code index}, parameters first. */
    static native String sessionTensorName(long session, long index);

    /** Describes tensor {@code index}, in the order of raddle_session_tensor_name(). */
    static native RawTensorInfo sessionGetTensorInfo(long session, long index);

    /** A tensor's memory itself: no copy. */
    static native RawTensorView sessionGetTensor(long session, String name);

    /** The same memory as a DLPack tensor, for NumPy, PyTorch and others. */
    static native long sessionExportDlpack(long session, String name);

    /**
     * raddle_session_export_dlpack() for what reads the DLPack of before 1, where nothing says
     * whether a tensor may be written to: NumPy then takes it as read-only.
     */
    static native long sessionExportTensor(long session, String name);

    /** Forward and backward on the caller's micro-batches: gradients and their loss, no update. */
    static native Metrics sessionBackward(
            long session, Batch[] batches, BackwardOptions options, long stop);

    /** The same for a caller's graph, on the inputs of one micro-batch. */
    static native Metrics sessionBackwardInputs(
            long session, RawTensorView[] inputs, BackwardOptions options, long stop);

    /** The optimizer's half of a step: norm, clipping, AdamW, on the gradients that are there. */
    static native Metrics sessionApply(long session, ApplyOptions options);

    /**
     * raddle_session_step() on one micro-batch whose arrays are given one by one, for languages
     * that must not pass pointers inside structs.
     */
    static native Metrics sessionStepTokens(
            long session, int[] tokens, int[] targets, float[] weights, int[] positions,
            int[] cuSeqlens, long stop);

    /**
     * raddle_session_train() on batches of the caller's instead of the data of data.*. Evaluations
     * are on data.validation_path, if there is one.
     */
    static native TrainResult sessionTrainOn(
            long session, Callbacks.BatchSource source, long stop, Callbacks.Event callback);

    /** Evaluates on batches of the caller's, as one: the mean over all their weighted tokens. */
    static native Evaluation sessionEvaluateBatches(long session, Batch[] batches, long stop);

    /** Runs a caller's graph without its gradients: losses and outputs of one micro-batch. */
    static native Metrics sessionForwardInputs(long session, RawTensorView[] inputs, long stop);

    /**
     * Copies an output of a caller's graph (raddle_graph_add_output()), as the last backward or
     * forward left it.
     */
    static native void sessionReadOutput(long session, String name, ByteBuffer data);

    /** Copies a tensor of the state out, wherever it lies, as F32 whatever its own type. */
    static native void sessionReadTensor(long session, String name, float[] values);

    /** Copies values into a tensor of the state, wherever it lies. */
    static native void sessionWriteTensor(long session, String name, float[] values);

    /**
     * The config that the session runs with: what was given, what a resumed run kept, what was
     * chosen.
     */
    static native long sessionGetConfig(long session);

    /** Begins what raddle_session_train() does. */
    static native long sessionTrainStart(long session, long stop);

    /** Begins what raddle_session_generate() does. */
    static native long sessionGenerateStart(
            long session, int[] prompt, GenerateOptions options, long stop);

    /** The next event, in the order in which they happened and each once. */
    static native RawEvent operationPoll(long operation, long timeoutMs);

    /**
     * Waits for the end, and gives the error that the call would have returned, or its result; the
     * same each time it is called.
     */
    static native TrainResult operationJoinTrained(long operation);

    /**
     * Waits for the end, and gives the error that the call would have returned, or its result; the
     * same each time it is called.
     */
    static native GenerateResult operationJoinGenerated(long operation);

    /** NULL-safe; nulls it. */
    static native void operationDestroy(long operation);

    /** Saves the session's whole state: weights, optimizer, counters, data cursor. */
    static native Path sessionSave(long session, Path path, long stop);

    /** Puts the session back into a saved state. */
    static native void sessionRestore(long session, Path path, long stop);

    /** Lists the checkpoints of a run directory (or of a directory of checkpoints). */
    static native void checkpointList(long context, Path directory, Callbacks.Checkpoint callback);

    /** Reads every byte of a checkpoint and compares the checksums. */
    static native String checkpointVerify(long context, Path path, long stop);

    /** Writes a model for other tools. raddle_session_open() and model.init_from read it back. */
    static native void checkpointExport(long context, Path from, String format, Path to, long stop);

    /** Measures the machine's peaks. */
    static native MachinePeaks benchMachine(long context, int threads, int withMemory);

    /**
     * Times training steps (forward, backward, clipping, AdamW) of the config's model on random
     * tokens.
     */
    static native StepBench benchStep(
            long context, long config, long batch, long sequence, long warmup, long steps,
            long stop);
}
