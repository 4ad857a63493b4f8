# SPDX-License-Identifier: Apache-2.0
"""Configs, contexts, graphs, plans, tokenizers, data tools and checkpoints."""
import gc
import json
import logging
import os
import pathlib
import threading
import warnings

import raddle
from raddle import errors

from support import GRAPH, TEXT, Case, config


class Errors(Case):
    def test_code_scope_and_message(self):
        settings = raddle.Config()
        for kind, code, words, call in (
                (errors.InvalidArgumentError, raddle.Code.INVALID_ARGUMENT, "train.steps",
                 lambda: settings.set("train.stepz", "1")),
                (errors.NotFoundError, raddle.Code.NOT_FOUND, "/none.toml",
                 lambda: settings.load_file("/none.toml")),
                (errors.UnimplementedError, raddle.Code.UNIMPLEMENTED, "WordPiece",
                 lambda: raddle.Tokenizer.open(self.wordpiece()))):
            error = self.refused(kind, words, call)
            self.assertEqual((error.code, error.scope), (code, raddle.Scope.CALL))
            self.assertEqual(error.message, str(error))

    def wordpiece(self):
        with open(self.path("tokenizer.json"), "w") as file:
            json.dump({"model": {"type": "WordPiece", "vocab": {}}, "pre_tokenizer": {
                "type": "ByteLevel", "add_prefix_space": False, "use_regex": True}}, file)
        return self.path("tokenizer.json")

    def test_are_pythons_own_kinds_too(self):
        with self.assertRaises(ValueError):
            raddle.Config({"train.steps": "many"})
        for code in raddle.Code:
            if code is not raddle.Code.OK:
                error = raddle.RaddleError.of(code, raddle.Scope.JOB, "why")
                self.assertEqual((error.code, error.scope, str(error)),
                                 (code, raddle.Scope.JOB, "why"))
                self.assertIsNot(type(error), raddle.RaddleError)
        newer = raddle.RaddleError.of(99, 77, "of a newer library")
        self.assertEqual((type(newer), newer.code, newer.scope), (raddle.RaddleError, 99, 77))

    def test_closed(self):
        settings = raddle.Config()
        settings.close()
        settings.close()
        self.assertTrue(settings.closed)
        self.refused(errors.FailedPreconditionError, "the Config is closed", settings.validate)

    def test_zero_byte(self):
        self.refused(errors.InvalidArgumentError, "zero byte",
                     raddle.Config, {"data.path": "a\0b"})


class Configs(Case):
    def test_values(self):
        with raddle.Config({"train.steps": 7, "optimizer.learning_rate": 1e-3,
                            "data.path": pathlib.Path("a.txt"),
                            "model.tie_embeddings": False}) as settings:
            self.assertEqual(settings["train.steps"], "7")
            self.assertEqual(float(settings["optimizer.learning_rate"]), 1e-3)
            self.assertEqual(settings["model.tie_embeddings"], "false")
            self.assertEqual(settings["data.path"], "a.txt")
            settings["data.path"] = ["a,b.txt", "c.txt"]
            self.assertIn("a,b.txt", settings["data.path"])
            self.assertEqual(settings.origin("train.steps"), "call")
            self.assertEqual(settings.origin("train.micro_batches"), "default")

    def test_sources(self):
        recipe = self.path("r.toml")
        with open(recipe, "w") as file:
            file.write("[train]\nsteps = 3\n")
        settings = raddle.Config({"train.micro_batches": 2}, recipe=recipe)
        self.assertEqual(settings["train.steps"], "3")
        self.assertEqual(settings.origin("train.steps"), f"recipe {recipe}:2")
        settings.set_from("train.steps", "4", raddle.Origin.SET)
        self.assertEqual((settings["train.steps"], settings.origin("train.steps")), ("4", "--set"))
        settings.set_from("train.steps", "5", raddle.Origin.RECIPE, "x:1")
        self.assertEqual(settings["train.steps"], "4")
        again = raddle.Config()
        again.load_text(settings.to_toml(), "copy")
        self.assertEqual(dict(again), dict(settings))
        self.assertEqual(again.hash, settings.hash)
        again["train.steps"] = 5
        self.assertNotEqual(again.hash, settings.hash)

    def test_environment(self):
        os.environ["RADDLE_TRAIN_STEPS"] = "9"
        self.addCleanup(os.environ.pop, "RADDLE_TRAIN_STEPS")
        settings = raddle.Config()
        settings.load_environment()
        self.assertEqual(settings.origin("train.steps"), "environment RADDLE_TRAIN_STEPS")

    def test_checks(self):
        self.refused(errors.InvalidArgumentError, "virtual_width",
                     config(model__virtual_width__m=4).validate)
        config().validate()
        settings = config()
        settings.fill_model()
        self.assertEqual(settings["model.layers"], "2")

    def test_options(self):
        options = raddle.options()
        steps = next(option for option in options if option.key == "train.steps")
        self.assertEqual((steps.type, steps.environment), ("integer", "RADDLE_TRAIN_STEPS"))
        self.assertEqual(list(raddle.Config()), [option.key for option in options])


class Logs(Case):
    def test_default_is_pythons_logging(self):
        with self.assertLogs("raddle", logging.WARNING) as logged:
            os.environ["RADDLE_TRAIN_STEPZ"] = "9"
            try:
                with raddle.Context() as context:
                    raddle.Graph(context=context)
                    raddle.Config().load_environment()
            finally:
                del os.environ["RADDLE_TRAIN_STEPZ"]
        self.assertIn("RADDLE_TRAIN_STEPZ", "".join(logged.output))

    def test_own_callback(self):
        heard = []
        with raddle.Context(lambda level, message: heard.append((level, message)),
                            raddle.LogLevel.DEBUG) as context:
            raddle.Session(config(), context=context).close()
            self.assertEqual(raddle.Context.closed.fget(context), False)
            self.assertIn("processor", json.dumps(context.describe()))
        self.assertTrue(heard)
        self.assertTrue(all(isinstance(level, raddle.LogLevel) for level, _ in heard))

    def test_machine(self):
        self.assertGreater(raddle.bench_machine(threads=1).fma_gflops, 0)
        self.assertIn("compiler", raddle.build_info())
        self.assertRegex(raddle.version_string(), r"^\d+\.\d+\.\d+$")


class Graphs(Case):
    def test_built_by_hand(self):
        graph = raddle.Graph()
        ids = graph.input("ids", raddle.Dtype.I32, [8])
        targets = graph.input("targets", raddle.Dtype.I32, [8])
        weights = graph.input("weights", raddle.Dtype.F32, [8])
        scale = graph.input("scale", raddle.Dtype.F32, [1])
        table = graph.parameter("table", [8, 4], init="normal(0.5)", decay=True)
        head = graph.parameter("head", [3, 4], init="normal(0.5)", decay=True)
        graph.set_block(0)
        h, = graph.op("embedding", table, ids, name="h")
        y, = graph.op("gelu", h, name="y")
        graph.set_block(-1)
        loss, *_ = graph.op("linear_cross_entropy", y, head, targets, weights, scale, name="loss")
        graph.add_loss(loss, 1.0)
        graph.add_output(y)
        graph.finish()
        self.assertEqual(graph.parameter_elements, 44)
        self.refused(errors.FailedPreconditionError, "finished", graph.finish)
        again = raddle.Graph.create_from_text(graph.to_text())
        self.assertEqual(again.to_text(), graph.to_text())
        other = raddle.Graph.create_from_text(GRAPH)
        self.assertEqual(other.parameter_elements, 44)

    def test_unknown_op(self):
        graph = raddle.Graph()
        self.refused(errors.InvalidArgumentError, "gelu", graph.op, "gelo", 0)
        self.assertIn("linear", [op.name for op in raddle.ops()])

    def test_model_and_plan(self):
        graph = raddle.Graph.create_model(config())
        with raddle.Plan(config()) as plan, raddle.Plan(config(), graph) as other:
            self.assertEqual(plan.memory.parameter_bytes, 4 * graph.parameter_elements)
            self.assertEqual(plan.memory.missing_bytes, 0)
            self.assertIn("memory", plan.to_json())
            self.assertIn("linear", plan.explain())
            self.assertEqual(other.memory.parameter_bytes, plan.memory.parameter_bytes)
            self.assertEqual(plan.hash, raddle.Plan(config()).hash)

    def test_bench_step(self):
        bench = raddle.bench_step(config(), 2, 32, 1, 3)
        self.assertEqual((bench.steps, bench.tokens_per_step), (3, 64))


class Data(Case):
    def test_bytes_tokenizer(self):
        with raddle.Tokenizer.open("bytes") as tokenizer:
            self.assertEqual((tokenizer.vocab_size, tokenizer.end_token), (257, 256))
            self.assertEqual(tokenizer.encode("aé"), [97, 0xc3, 0xa9])
            self.assertEqual(tokenizer.encode(b"a\0\xff"), [97, 0, 255])
            self.assertEqual(tokenizer.decode([97, 0, 255]), b"a\0\xff")
            self.assertEqual(tokenizer.encode_prompt("hi"), [104, 105])
            self.refused(errors.InvalidArgumentError, "300", tokenizer.decode, [300])
            with self.assertRaises(OverflowError):
                tokenizer.decode([1 << 40])

    def test_trained_tokenizer(self):
        settings = config(data__vocab_size=270)
        tokenizer = raddle.Tokenizer.train(settings)
        self.assertEqual(tokenizer.vocab_size, 270)
        tokens = tokenizer.encode("License")
        self.assertLess(len(tokens), 7)
        tokenizer.save(self.path("tokenizer.json"))
        again = raddle.Tokenizer.open(self.path("tokenizer.json"))
        self.assertEqual(again.encode("License"), tokens)
        self.refused(errors.AlreadyExistsError, "tokenizer.json",
                     tokenizer.save, self.path("tokenizer.json"))

    def test_many_threads_share_a_tokenizer(self):
        tokenizer, found = raddle.Tokenizer.open("bytes"), []
        threads = [threading.Thread(target=lambda: found.append(tokenizer.encode("x" * 10000)))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, [[120] * 10000] * 8)

    def test_token_file(self):
        result = raddle.data_tokenize(config(), self.path("tokens.bin"))
        self.assertEqual(result.bytes, os.path.getsize(TEXT))
        self.assertGreaterEqual(result.tokens, result.bytes)
        about = raddle.data_inspect(config(), self.path("tokens.bin"))
        self.assertEqual(about["tokens"], result.tokens)

    def test_stop(self):
        with raddle.Stop() as stop:
            self.assertEqual((stop.grade, stop.total), (raddle.StopGrade.NONE, 0))
            stop.request()
            self.assertEqual(stop.grade, raddle.StopGrade.REQUESTED)
            stop.cancel()
            self.assertEqual(stop.grade, raddle.StopGrade.CANCELLED)
            self.refused(errors.CancelledError, "", raddle.data_tokenize, config(),
                         self.path("x.bin"), stop=stop)
        self.assertFalse(os.path.exists(self.path("x.bin")))


class Checkpoints(Case):
    def test_list_verify_export_open(self):
        run = self.path("run")
        with self.session(run, train__steps=4, checkpoint__interval=2) as session:
            stop = raddle.Stop()
            session.train(stop=stop).wait()
            self.assertEqual((stop.done, stop.total), (4, 4))
        found = raddle.checkpoint_list(run)
        self.assertEqual([info.step for info in found], [2, 4])
        self.assertTrue(all(info.good and info.in_force and not info.half_written
                            for info in found))
        self.assertEqual(raddle.checkpoint_verify(found[-1].path)["step"], 4)
        raddle.checkpoint_export(run, "hf", self.path("hf"))
        self.assertTrue(os.path.exists(self.path("hf", "model.safetensors")))
        with raddle.Session.open(self.path("hf")) as one, raddle.Session.open(run) as two:
            self.assertEqual(one.logits(b"abc").tolist(), two.logits(b"abc").tolist())
            self.refused(errors.FailedPreconditionError, "train", one.step_on_data)
        with open(os.path.join(found[0].path, os.listdir(found[0].path)[0]), "r+b") as file:
            file.write(b"\xff" * 64)
        self.refused(errors.DataLossError, "", raddle.checkpoint_verify, found[0].path)
        self.refused(errors.NotFoundError, "none", raddle.checkpoint_list, self.path("none"))


class Garbage(Case):
    def test_runs_that_never_ran_say_so(self):
        session = self.session()
        with self.assertWarnsRegex(ResourceWarning, "never run"):
            session.train()
            gc.collect()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            session.train().wait()
