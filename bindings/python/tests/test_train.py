# SPDX-License-Identifier: Apache-2.0
"""Training loops: events, batches of the caller's, what a loop's body may do, how loops end."""
import gc
import os
import resource
import sys
import threading
import traceback
import types
from unittest import mock

import raddle
from raddle import CheckpointEvent, EvaluationEvent, StepEvent, errors

from support import Case

CAT = [ord(c) for c in "the cat sat "]


def batch(step, micro_batch=0):
    return [CAT[(i + step + 5 * micro_batch) % 12] for i in range(64)]


def own_batches(limit=10 ** 9):
    for step in range(limit):
        yield batch(step)


class Events(Case):
    def test_kinds(self):
        with self.session(self.path("run"), train__steps=6, train__eval_interval=3,
                          checkpoint__interval=4) as session:
            run = session.train()
            events = list(run)
        steps = [e for e in events if isinstance(e, StepEvent)]
        self.assertEqual([e.step for e in steps], [1, 2, 3, 4, 5, 6])
        self.assertTrue(all(e.step == e.metrics.step and e.steps_total == 6 for e in steps))
        self.assertEqual([e.step for e in events if isinstance(e, EvaluationEvent)], [3, 6])
        saved = [e for e in events if isinstance(e, CheckpointEvent)]
        self.assertEqual([e.step for e in saved], [4, 6])
        self.assertTrue(all(os.path.isdir(e.path) for e in saved))
        self.assertEqual((run.result.steps_done, run.result.stopped, run.result.saved),
                         (6, False, True))

    def test_warnings_are_events(self):
        run = self.path("run")
        with self.session(run, train__steps=4, checkpoint__interval=2) as session:
            found = []
            for event in session.train():
                if event.step == 1:
                    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
                    self.addCleanup(resource.setrlimit, resource.RLIMIT_FSIZE, limits)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (100000, limits[1]))
                if event.step == 3:
                    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
                found.append(event)
        self.assertIn("step-00000002", next(
            e.message for e in found if isinstance(e, raddle.WarningEvent)))

    def test_the_body_may_use_the_session(self):
        with self.session() as session:
            for event in session.train():
                self.assertEqual(session.info.steps_done, event.step)
                if event.step == 2:
                    session.save(self.path("two"))
                    text = ""
                    for token in session.generate("the", max_tokens=5, seed=1, ignore_end=True):
                        text += token.text
                        self.assertEqual(session.info.steps_done, 2)
                    weights = session.tensor("embedding.weight").memoryview().tolist()
                if event.step == 3:
                    for _ in session.generate("the", max_tokens=5):
                        break
                    self.refused(errors.FailedPreconditionError, "one of its callbacks",
                                 session.step_on_data)
                    self.refused(errors.FailedPreconditionError, "one of its callbacks",
                                 session.train().wait)
                if event.step == 4:
                    left = session.generate("the", max_tokens=5)
                    next(left)  # the next step ends it
            self.assertEqual(event.step, 12)
            self.assertEqual(list(left), [])
        with raddle.Session.open(self.path("two")) as session:
            self.assertEqual(session.tensor("embedding.weight").memoryview().tolist(), weights)
            again = session.generate("the", max_tokens=5, seed=1, ignore_end=True)
            self.assertEqual(again.text(), text)

    def test_runs_that_begin_elsewhere_than_they_were_made(self):
        with self.session(train__steps=2) as session:
            before = session.generate("the", max_tokens=2, ignore_end=True)
            for event in session.train():
                if event.step == 1:
                    self.assertEqual(len(list(before)), 2)
                    after = session.generate("the", max_tokens=2, ignore_end=True)
            self.assertEqual(len(list(after)), 2)

    def test_other_threads_may_not(self):
        with self.session() as session:
            errors_found = []

            def meddle():
                for call in (lambda: session.info, lambda: next(run)):
                    try:
                        call()
                    except errors.FailedPreconditionError as error:
                        errors_found.append(str(error))
            run = session.train([batch(0)] * 2)
            for event in run:
                thread = threading.Thread(target=meddle)
                with mock.patch.object(run, "_lock", locked()):
                    thread.start()
                    thread.join()
            self.assertEqual(len(errors_found), 4)
            self.assertIn("raddle_session_train_on() has not returned", errors_found[0])
            self.assertIn("another thread waits", errors_found[1])


def locked():
    lock = threading.Lock()
    lock.acquire()
    return lock


class Ends(Case):
    def test_leaving_the_loop_cancels(self):
        with self.session() as session:
            for event in session.train():
                if event.step == 3:
                    break
            self.assertEqual(session.info.steps_done, 3)
            self.assertEqual(session.step_on_data().step, 4)
            with self.assertRaises(KeyError):
                for event in session.train():
                    raise KeyError
            self.assertEqual(session.info.steps_done, 5)
            with session.train() as run:
                next(run)
            self.assertEqual((list(run), run.result), ([], None))
            self.assertEqual(session.train().wait().steps_done, 12)
            self.assertEqual(threading.active_count(), len(
                {t for t in threading.enumerate() if t.is_alive()}))

    def test_leaving_the_loop_saves_nothing(self):
        with self.session(self.path("run")) as session:
            for event in session.train():
                break
            self.assertEqual(session.info.steps_done, 1)
        self.assertEqual(raddle.checkpoint_list(self.path("run")), [])

    def test_stop_in_good_order(self):
        with self.session(self.path("run")) as session:
            run = session.train()
            kinds = []
            for event in run:
                kinds.append(type(event))
                if event.step == 3:
                    run.stop()
            self.assertEqual(kinds, [StepEvent] * 3 + [CheckpointEvent])
            self.assertEqual((run.result.stopped, run.result.saved), (True, True))

    def test_cancel_from_another_thread(self):
        with self.session(train__steps=10 ** 6) as session, raddle.Stop() as stop:
            threading.Timer(0.3, stop.cancel).start()
            with self.assertRaises(errors.CancelledError):
                for event in session.train(stop=stop):
                    pass
            self.assertEqual(session.info.steps_done, event.step)

    def test_closing_the_session_ends_its_loop(self):
        session = self.session(train__steps=10 ** 6)
        for event in session.train():
            if event.step == 2:
                session.close()
        self.assertEqual(event.step, 2)
        session = self.session(train__steps=10 ** 6)
        threading.Timer(0.3, session.close).start()
        with self.assertRaisesRegex(errors.CancelledError, "closed the session"):
            for event in session.train():
                pass
        self.refused(errors.FailedPreconditionError, "closed", session.step_on_data)

    def test_a_run_that_nobody_has_is_over(self):
        session = self.session()
        run = session.train()
        next(run)
        del run
        gc.collect()
        self.assertEqual(session.step_on_data().step, 2)

    def test_errors_of_the_library(self):
        session = self.session(data__path="", train__steps=3)
        self.refused(errors.FailedPreconditionError, "data", session.train().wait)


class Batches(Case):
    def settings(self, **more):
        return dict({"train__micro_batch_tokens": 64, "train__steps": 40, "data__path": "",
                     "data__validation_path": "", "optimizer__learning_rate": "1e-2"}, **more)

    def test_iterable_and_function_are_the_same(self):
        losses = []
        for source in (own_batches(), batch, map(batch, range(50))):
            with self.session(**self.settings()) as session:
                losses.append([e.metrics.loss for e in session.train(source)
                               if isinstance(e, StepEvent)])
        self.assertEqual(len(losses[0]), 40)
        self.assertLess(losses[0][-1], losses[0][0] / 2)
        self.assertEqual(losses, [losses[0]] * 3)

    def test_asked_in_order_and_on_the_callers_thread(self):
        asked = []

        def source(step, micro_batch):
            self.assertIs(threading.current_thread(), threading.main_thread())
            self.assertEqual(session.info.steps_done, step)
            asked.append((step, micro_batch))
            return raddle.Batch(batch(step, micro_batch), weights=[1.0] * 64)
        with self.session(**self.settings(train__micro_batches=2, train__steps=2)) as session:
            session.train(source).wait()
        self.assertEqual(asked, [(0, 0), (0, 1), (1, 0), (1, 1)])

    def test_end_of_batches_is_a_stop(self):
        with self.session(**self.settings()) as session:
            result = session.train(own_batches(3)).wait()
            self.assertEqual((result.steps_done, result.stopped), (3, True))

    def test_exceptions_come_out_as_themselves(self):
        def failing():
            yield batch(0)
            yield batch(1)
            raise KeyError("of the iterator")
        with self.session(**self.settings()) as session:
            steps = []
            try:
                for event in session.train(failing()):
                    steps.append(event.step)
            except KeyError as error:
                self.assertEqual(error.args, ("of the iterator",))
                self.assertEqual(traceback.extract_tb(error.__traceback__)[-1].name, "failing")
            else:
                self.fail("nothing was raised")
            self.assertEqual((steps, session.info.steps_done), ([1, 2], 2))
            self.refused(errors.InvalidArgumentError, "300", session.train([[300]]).wait)
            with self.assertRaises(TypeError):
                session.train([["text"]]).wait()

    def test_an_exception_in_a_callback_in_the_library(self):
        """What goes wrong on the library's side of the hand-over is raised too."""
        with self.session() as session, \
                mock.patch.object(raddle.Metrics, "of", side_effect=ZeroDivisionError("ours")):
            with self.assertRaisesRegex(ZeroDivisionError, "ours"):
                session.train().wait()


class Progress(Case):
    def test_bar_only_with_tqdm(self):
        bars = []

        class Bar:
            def __init__(self, **_):
                self.n, self.total, self.closed = 0, None, False
                bars.append(self)

            def set_postfix(self, loss, refresh):
                self.loss = loss

            def update(self, count):
                self.n += count

            def close(self):
                self.closed = True
        fake = types.ModuleType("tqdm.auto")
        fake.tqdm = Bar
        with mock.patch.dict(sys.modules, {"tqdm": types.ModuleType("tqdm"), "tqdm.auto": fake}):
            with self.session() as session:
                session.train(progress=True).wait()
        self.assertEqual((bars[0].n, bars[0].total, bars[0].closed), (12, 12, True))
        with mock.patch.dict(sys.modules, {"tqdm": None, "tqdm.auto": None}):
            with self.session() as session:
                session.train(progress=True).wait()
        self.assertEqual(len(bars), 1)
