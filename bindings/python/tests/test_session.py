# SPDX-License-Identifier: Apache-2.0
"""Sessions: steps, evaluation, generation, tensors, saving."""
import ctypes
import math
import os
import resource
import shutil
import sys
import threading
import unittest
from array import array

import raddle
from raddle import errors
from raddle._api_functions import option_info
from raddle._tensors import _handed_out, _Versioned

from support import GRAPH, LONG, SANITIZED, TEXT, Case, config, interpreter_with, python

TOKENS = array("i", (ord(c) for c in "the cat sat " * 5))


def floats(*values):
    return array("f", values)


class Steps(Case):
    def test_forms_of_batches_are_the_same(self):
        losses = set()
        one_by_one = list(TOKENS)
        wide = array("q", one_by_one)
        for batch in (TOKENS, one_by_one, wide, bytes(one_by_one), memoryview(TOKENS).toreadonly(),
                      memoryview(wide)[::1], memoryview(array("i", [9] + one_by_one))[1:],
                      raddle.Batch(TOKENS), raddle.Batch(TOKENS, positions=range(len(TOKENS))),
                      raddle.Batch(TOKENS, cu_seqlens=[0, len(TOKENS)])):
            session = self.session()
            losses.add(session.step([batch]).loss)
            self.assertEqual(session.step_tokens(*batch if isinstance(batch, raddle.Batch)
                                                 else [batch]).step, 2)
        self.assertEqual(len(losses), 1)
        apart = memoryview(array("i", [t for token in one_by_one for t in (token, 0)]))[::2]
        self.assertEqual(self.session().step([apart]).loss, losses.pop())

    def test_metrics(self):
        session = self.session()
        metrics = session.step_on_data()
        self.assertEqual((metrics.step, metrics.skipped, metrics.step_tokens),
                         (1, False, session.info.tokens_done))
        self.assertAlmostEqual(metrics.loss, math.log(257), delta=0.5)
        self.assertEqual(session.info.steps_done, 1)

    def test_weights_targets_and_lengths(self):
        session, n = self.session(), len(TOKENS)
        weights = floats(*([0] * (n - 1) + [1]))
        batch = raddle.Batch(TOKENS, targets=list(TOKENS), weights=weights)
        self.assertNotEqual(session.evaluate_batches([batch]).loss,
                            session.evaluate_batches([TOKENS]).loss)
        self.assertEqual(session.evaluate_batches([batch]).tokens, 1)
        for name, value in (("targets", [1]), ("weights", [1.0]), ("positions", [1])):
            self.refused(errors.InvalidArgumentError, f"{name} has 1", session.step,
                         [raddle.Batch(TOKENS, **{name: value})])
            self.refused(errors.InvalidArgumentError, f"{name} has 1", session.step_tokens,
                         TOKENS, **{name: value})
        self.refused(errors.InvalidArgumentError, "cu_seqlens", session.step_tokens, TOKENS,
                     cu_seqlens=[0, 5])
        self.refused(errors.InvalidArgumentError, "300", session.step, [[300]])
        with self.assertRaises(TypeError):
            session.step(["text"])
        self.assertEqual(session.info.steps_done, 0)

    def test_halves_of_a_step(self):
        session = self.session(optimizer__weight_decay=0)
        name = session.tensor_names()[0]
        self.refused(errors.FailedPreconditionError, "gradient", session.apply)
        whole = session.backward([TOKENS]).loss
        gradient = session.read_tensor(f"gradient/{name}").tolist()
        session.backward([TOKENS], accumulate=True)
        self.assertAlmostEqual(session.read_tensor(f"gradient/{name}")[32, 0],
                               2 * gradient[32][0], places=6)
        before = session.read_tensor(name).tolist()
        self.assertEqual(session.apply(0.0).learning_rate, 0)
        self.assertEqual(session.read_tensor(name).tolist(), before)
        self.assertEqual(session.backward([TOKENS]).loss, whole)
        self.assertEqual(session.apply(0.5).learning_rate, 0.5)
        self.assertNotEqual(session.read_tensor(name).tolist(), before)

    def test_own_graph(self):
        graph = raddle.Graph.create_from_text(GRAPH)
        settings = raddle.Config({"optimizer.weight_decay": 0, "train.freeze": "head"})
        with raddle.Session.create_from_graph(settings, graph) as session:
            inputs = {"ids": array("i", range(8)), "weights": floats(*[1] * 8),
                      "targets": array("i", [i % 3 for i in range(8)]), "scale": floats(1 / 8)}
            session.write_tensor("table", [0.1 * (i % 7 - 3) for i in range(32)])
            first = session.forward_inputs(inputs).loss
            self.assertEqual(session.backward_inputs(inputs).loss, first)
            session.apply(0.1)
            for _ in range(20):
                session.step_inputs(inputs)
            self.assertLess(session.forward_inputs(inputs).loss, first)
            y = session.read_output("y", (8, 4))
            x = session.read_tensor("table")[1, 2]
            self.assertAlmostEqual(y[1, 2], 0.5 * x * (1 + math.tanh(math.sqrt(
                2 / math.pi) * (x + 0.044715 * x ** 3))), places=4)
            self.refused(errors.InvalidArgumentError, "scale", session.step_inputs,
                         {name: v for name, v in inputs.items() if name != "scale"})
            self.refused(errors.InvalidArgumentError, "no buffer", session.step_inputs,
                         {**inputs, "ids": [1, 2]})
            self.refused(errors.InvalidArgumentError, "bytes", session.read_output, "y", (8, 5))
            self.refused(errors.NotFoundError, "y", session.read_output, "z", (1,))

    def test_what_a_graph_and_a_state_hold(self):
        graph = raddle.Graph.create_from_text(GRAPH)
        loss = graph.tensor(graph.find_tensor("loss"))
        self.assertEqual((loss.kind, loss.dims, loss.loss_coefficient),
                         (raddle.TensorKind.ACTIVATION, (1,), 1))
        node = graph.node(loss.node)
        self.assertEqual((node.op, len(node.inputs), node.attributes),
                         ("linear_cross_entropy", 5, ()))
        self.refused(errors.OutOfRangeError, "node", graph.node, graph.node_count)
        with raddle.Session.create_from_graph(raddle.Config(), graph) as session:
            about = session.tensor_info(0)
            self.assertEqual((about.name, about.role, about.dims, about.trained),
                             ("table", raddle.TensorRole.PARAMETER, (8, 4), True))
            self.refused(errors.OutOfRangeError, "99", session.tensor_info, 99)
            self.refused(errors.NotFoundError, "table", session.read_tensor, "tabel")

    def test_a_session_closed_by_another_thread_is_an_error(self):
        session = self.session(train__steps=100000)
        run = session.train()
        next(run)
        thread = threading.Thread(target=session.close)
        thread.start()
        with self.assertRaises(errors.CancelledError):
            for _ in run:
                pass
        thread.join()
        with self.assertRaises(errors.CancelledError):
            run.wait()
        with self.assertRaises(errors.RaddleError):
            session.generate([1]).text()

    def test_numbers_that_do_not_fit_are_refused(self):
        session = self.session()
        for name in ("seed", "top_k", "max_tokens"):
            with self.assertRaisesRegex(OverflowError, name):
                session.generate([1], **{name: 1 << 64})
        with self.assertRaisesRegex((OverflowError, ctypes.ArgumentError), "64 bits"):
            session.tensor_info(1 << 64)

    def test_a_context_is_closed_in_its_log(self):
        seen, context = [], None

        def log(level, message):
            if context is not None and not seen:
                seen.append(message)
                context.close()
        context = raddle.Context(log, raddle.LogLevel.DEBUG)
        try:
            raddle.Session(config(), context=context).close()
        except errors.RaddleError:
            pass  # it may notice
        self.assertTrue(seen)

    def test_big_batch_is_refused_without_copies(self):
        session, size = self.session(), 25_000_000
        tokens = array("i", bytes(4 * size))
        before = peak_bytes()
        self.refused(errors.InvalidArgumentError, str(size), session.step_tokens, tokens)
        self.refused(errors.InvalidArgumentError, "512", session.step, [tokens])
        self.assertLess(peak_bytes() - before, 30e6)
        self.assertEqual(session.step([TOKENS]).step, 1)


def resident_bytes():
    """0 with a sanitizer, which keeps what is freed for a while."""
    if SANITIZED:
        return 0
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def peak_bytes():
    with open("/proc/self/status") as file:
        return 1024 * int(next(line for line in file if line.startswith("VmHWM")).split()[1])


class Looking(Case):
    def test_evaluate(self):
        session = self.session()
        found = session.evaluate()
        self.assertAlmostEqual(found.perplexity, math.exp(found.loss), places=3)
        self.assertEqual(found.bytes, os.path.getsize(TEXT) - 1)  # the first has nothing before it

    def test_info_and_config(self):
        session = self.session()
        info = session.info
        self.assertEqual((info.vocab_size, info.context_tokens, info.steps_total), (257, 64, 12))
        self.assertEqual(session.config["train.steps"], "12")

    def test_logits(self):
        session = self.session()
        logits = session.logits("abc")
        self.assertEqual((logits.shape, logits.format), ((3, 257), "f"))
        self.assertEqual(logits.tolist()[:2], session.logits([97, 98]).tolist())
        session.write_logits([97], self.path("logits"))
        with open(self.path("logits"), "rb") as file:
            self.assertEqual(file.read()[-4 * 257:], session.logits([97]).tobytes())
        self.refused(errors.InvalidArgumentError, "300", session.logits, [300])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        self.refused(errors.InvalidArgumentError, "1000000", session.logits, [0] * 1_000_000)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        self.assertLess(grown, 300_000, "kilobytes for logits that are refused")

    def test_generate(self):
        session = self.session()
        run = session.generate("ab", max_tokens=9, greedy=True, ignore_end=True)
        tokens = list(run)
        self.assertEqual((len(tokens), run.result.token_count), (9, 9))
        likeliest = session.logits("ab")[1, tokens[0].id]
        self.assertEqual(likeliest, max(session.logits("ab").tolist()[1]))
        text = "".join(token.text for token in tokens)
        again = session.generate(b"ab", max_tokens=9, temperature=0, ignore_end=True)
        self.assertEqual(again.text(), text)
        seeds = [session.generate("ab", max_tokens=9, seed=seed).text() for seed in (1, 1, 2)]
        self.assertEqual(seeds[0], seeds[1])
        self.assertNotEqual(seeds[0], seeds[2])
        for number, token in enumerate(session.generate("ab", max_tokens=50, ignore_end=True)):
            if number == 3:
                break
        self.assertEqual(session.generate("ab", max_tokens=1).wait().token_count, 1)
        self.refused(errors.InvalidArgumentError, "prompt", session.generate([]).wait)

    def test_tokenizer(self):
        session = self.session()
        tokenizer = session.tokenizer
        self.assertEqual(tokenizer.encode("a"), [97])
        tokenizer.close()
        self.assertEqual(tokenizer.vocab_size, 257)
        session.close()
        self.refused(errors.FailedPreconditionError, "closed", tokenizer.encode, "a")
        graph = raddle.Graph.create_from_text(GRAPH)
        with raddle.Session.create_from_graph(raddle.Config(), graph) as session:
            self.assertIsNone(session.tokenizer)
            self.refused(errors.InvalidArgumentError, "no tokenizer", session.logits, "a")


class Tensors(Case):
    def test_view_outlives_its_session(self):
        session = self.session()
        tensor = session.tensor("embedding.weight")
        view = tensor.memoryview()
        self.assertEqual((tensor.shape, view.shape, view.readonly), ((257, 64), (257, 64), False))
        self.assertEqual(view.tolist(), session.read_tensor("embedding.weight").tolist())
        before = session.logits("a").tolist()
        for column in range(64):
            view[97, column] = 1.0 + column
        self.assertNotEqual(session.logits("a").tolist(), before)
        session.write_tensor("embedding.weight", array("f", [0.5] * 257 * 64))
        self.assertEqual(view[256, 63], 0.5)
        session.close()
        del tensor, session
        view[0, 0] = 2.0
        self.assertEqual(view.tolist()[0], [2.0] + [0.5] * 63)

    @unittest.skipIf(sys.version_info < (3, 12), "before Python 3.12 only C can be a buffer")
    def test_is_a_buffer(self):
        view = memoryview(self.session().tensor("embedding.weight"))
        self.assertEqual((view.shape, view.format), ((257, 64), "f"))

    def test_names_and_refusals(self):
        session = self.session()
        names = session.tensor_names()
        self.assertEqual(len(names), session.tensor_count)
        self.assertIn("m/embedding.weight", names)
        self.assertIsNone(session.tensor_name(len(names)))
        self.refused(errors.NotFoundError, "embedding.weight", session.tensor, "embeding.weight")
        self.refused(errors.InvalidArgumentError, "16448", session.write_tensor,
                     "embedding.weight", [1.0])

    def test_dlpack_capsules(self):
        """A consumer by hand, of both kinds, and a capsule that nobody takes."""
        name_of = ctypes.pythonapi.PyCapsule_GetName
        name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        session = self.session()
        tensor = session.tensor("embedding.weight")
        self.assertEqual(tensor.__dlpack_device__(), (1, 0))
        session.close()
        capsule = tensor.__dlpack__()
        self.assertEqual((name_of(capsule), len(_handed_out)), (b"dltensor", 1))
        del capsule
        self.assertEqual(len(_handed_out), 0)
        capsule = tensor.__dlpack__(max_version=(1, 0), stream=None)
        self.assertEqual(name_of(capsule), b"dltensor_versioned")
        managed = _Versioned.from_address(get(capsule, b"dltensor_versioned"))
        inner = managed.dl_tensor
        self.assertEqual((managed.major, managed.flags, inner.ndim), (1, 0, 2))
        self.assertEqual((inner.shape[:2], inner.strides[:2]), ([257, 64], [64, 1]))
        self.assertEqual((inner.dtype_code, inner.dtype_bits), (2, 32))
        ctypes.pythonapi.PyCapsule_SetName(ctypes.py_object(capsule), b"used_dltensor_versioned")
        first = tensor.memoryview()[0, 0]
        del capsule, tensor
        self.assertEqual(len(_handed_out), 1)
        self.assertEqual(ctypes.c_float.from_address(inner.data).value, first)
        ctypes.CFUNCTYPE(None, ctypes.c_void_p)(managed.deleter)(ctypes.addressof(managed))
        self.assertEqual(len(_handed_out), 0)
        with self.assertRaises(BufferError):
            self.session().tensor("embedding.weight").__dlpack__(copy=True)

    def test_numpy(self):
        interpreter = interpreter_with("numpy")
        self.need(interpreter, "numpy")
        self.in_other(interpreter, "numpy_arrays.py")

    def test_torch(self):
        interpreter = interpreter_with("torch")
        if interpreter is None:
            self.skipTest("torch is not installed")
        self.in_other(interpreter, "torch_tensors.py")

    def in_other(self, interpreter, name):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
        done = python(script, interpreter=interpreter)
        self.assertEqual((done.returncode, done.stdout.strip()), (0, "ok"), done.stderr)


class Saving(Case):
    def test_save_and_restore(self):
        session = self.session()
        session.step_on_data()
        path = session.save(self.path("kept"))
        self.assertEqual(path, self.path("kept"))
        loss = session.step_on_data().loss
        session.restore(path)
        self.assertEqual((session.info.steps_done, session.step_on_data().loss), (1, loss))
        self.refused(errors.AlreadyExistsError, "kept", session.save, path)
        self.refused(errors.FailedPreconditionError, "run directory", session.save)
        self.refused(errors.NotFoundError, "none", session.restore, self.path("none"))

    def test_paths_of_any_bytes(self):
        text, other = self.path("té,xt-日本.txt"), self.path(os.fsdecode(b"\xff.txt"))
        for path in (text, other):
            shutil.copy(TEXT, path)
        self.refused(errors.InvalidArgumentError, "0xff, which is not UTF-8", self.session,
                     data__path=other)
        for name in ("rün-日本", os.fsdecode(b"run-\xff\xfe")):
            with self.session(self.path(name), data__path=[text], train__steps=2) as session:
                events = list(session.train())
                saved = [e.path for e in events if isinstance(e, raddle.CheckpointEvent)]
                self.assertEqual(saved, [raddle.checkpoint_list(self.path(name))[-1].path])
                self.assertTrue(os.path.isdir(saved[0]), saved)
                self.assertTrue(saved[0].startswith(self.path(name)))
            with raddle.Session.open(os.fsencode(self.path(name))) as session:
                self.assertEqual(session.info.steps_done, 2)

    def test_resume(self):
        with self.session(self.path("run"), train__steps=6) as session:
            whole = [e.metrics.loss for e in session.train() if isinstance(e, raddle.StepEvent)]
        with self.session(self.path("two"), train__steps=6) as session:
            run = session.train()
            for event in run:
                if isinstance(event, raddle.StepEvent) and event.step == 3:
                    run.stop()
            self.assertEqual((run.result.stopped, run.result.saved), (True, True))
        self.refused(errors.AlreadyExistsError, "resume", self.session, self.path("two"))
        with self.session(self.path("two"), "auto", train__steps=6) as session:
            rest = [e.metrics.loss for e in session.train() if isinstance(e, raddle.StepEvent)]
        self.assertEqual(rest, whole[3:])

    def test_trace(self):
        session = raddle.Session(config(train__steps=2), trace_path=self.path("trace.json"))
        with session:
            session.train().wait()
        self.assertGreater(os.path.getsize(self.path("trace.json")), 0)


class Threads(Case):
    def test_a_busy_session_refuses_other_threads(self):
        with raddle.Session(raddle.Config(LONG)) as session:
            stop, ended = raddle.Stop(), []

            def step():
                while not ended:
                    try:
                        session.step_on_data(stop=stop)
                    except errors.FailedPreconditionError:
                        continue  # it met the other thread
                    except errors.CancelledError as error:
                        ended.append(error)
            thread = threading.Thread(target=step)
            thread.start()
            refusal = None
            while refusal is None and thread.is_alive():  # until the step has begun
                try:
                    session.info
                except errors.FailedPreconditionError as error:
                    refusal = str(error)
            stop.cancel()  # from this thread
            thread.join()
            self.assertIn("raddle_session_step_on_data() has not returned", refusal)
            self.assertEqual(len(ended), 1)
            self.assertEqual(session.info.steps_done, 0)

    def test_two_sessions_in_two_threads(self):
        def losses(found):
            with raddle.Session(config()) as session:
                found += [e.metrics.loss for e in session.train()
                          if isinstance(e, raddle.StepEvent)]
        alone, both = [], ([], [])
        losses(alone)
        threads = [threading.Thread(target=losses, args=(found,)) for found in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(alone), 12)
        self.assertEqual(both, (alone, alone))

    def test_sessions_do_not_pile_up(self):
        def some(count):
            for _ in range(count):
                with raddle.Session(config()) as session:
                    session.step_on_data()
                    session.tensor("embedding.weight").memoryview()
                    for _ in session.train():
                        break
            return resident_bytes()
        first = some(60)
        self.assertLess(some(140) - first, 8e6)
        self.assertLess(threading.active_count(), 10)

    def test_errors_do_not_pile_up(self):
        def some(count):
            for _ in range(count):
                try:
                    option_info(-1)
                except errors.OutOfRangeError:
                    pass
            return resident_bytes()
        first = some(1000)
        self.assertLess(some(50000) - first, 2e6)
