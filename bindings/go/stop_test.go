// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"

	"raddle"
)

func withCancel() (context.Context, context.CancelFunc) { return context.WithCancel(ctx) }

func TestCancelFromAnotherGoroutine(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000000)
	cancellable, cancel := withCancel()
	began := time.Now()
	result, err := session.Train(cancellable, func(event *raddle.Event) error {
		if event.Step == 2 {
			go cancel()
		}
		return nil
	})
	isError(t, err, raddle.ErrCancelled)
	if !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if time.Since(began) > 20*time.Second || result.StepsDone != 0 {
		t.Errorf("after %v: %+v", time.Since(began), result)
	}
	late, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, err = session.Train(late, nil)
	isError(t, err, raddle.ErrCancelled)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	_, err = session.Step(late, raddle.Batch{Tokens: tokens})
	if isError(t, err, raddle.ErrCancelled); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	_, err = session.Step(ctx, raddle.Batch{Tokens: tokens}) // nothing sticks to the session
	check(t, err)
}

func TestStopInGoodOrder(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000000)
	var stop raddle.Stop
	stopping := raddle.WithStop(ctx, &stop)
	if done, total := stop.Progress(); done != 0 || total != 0 || stop.Grade() != raddle.StopNone {
		t.Errorf("%d of %d, %v", done, total, stop.Grade())
	}
	result, err := session.Train(stopping, func(event *raddle.Event) error {
		if event.Step == 3 {
			if done, total := stop.Progress(); done < 2 || done > 3 || total != 1000000 {
				t.Errorf("%d of %d", done, total)
			}
			stop.Request()
		}
		return nil
	})
	check(t, err)
	if !result.Stopped || result.StepsDone != 3 || stop.Grade() != raddle.StopRequested {
		t.Errorf("%+v, %v", result, stop.Grade())
	}
	if done, total := stop.Progress(); done != 3 || total != 1000000 { // also afterwards
		t.Errorf("%d of %d", done, total)
	}
	// It stays set, and a part of an evaluation is no result.
	_, err = session.EvaluateBatches(stopping, raddle.Batch{Tokens: tokens})
	isError(t, err, raddle.ErrCancelled)
	if errors.Is(err, context.Canceled) {
		t.Errorf("%v is the context's", err)
	}
	generated, err := session.Generate(stopping, tokens, nil, nil)
	if err != nil || generated.TokenCount > 1 {
		t.Errorf("%+v, %v", generated, err)
	}
	stop.Cancel()
	_, err = session.Step(stopping, raddle.Batch{Tokens: tokens})
	isError(t, err, raddle.ErrCancelled)
	stop.Request()
	if stop.Grade() != raddle.StopCancelled {
		t.Error("a stop that sinks")
	}
}

func TestCloseEndsWhatRuns(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000000)
	started, finished := make(chan struct{}), make(chan error)
	go func() {
		_, err := session.Train(ctx, func(event *raddle.Event) error {
			if event.Step == 2 {
				close(started)
			}
			return nil
		})
		finished <- err
	}()
	<-started
	check(t, session.Close())
	err := <-finished
	isError(t, err, raddle.ErrCancelled)

	session = newSession(t, nil, "train.steps", 1000000)
	_, err = session.Train(ctx, func(event *raddle.Event) error {
		if event.Step == 2 {
			check(t, session.Close()) // in its own loop
			_, err := session.Info()
			isError(t, err, raddle.ErrFailedPrecondition, "closed")
		}
		return nil
	})
	isError(t, err, raddle.ErrCancelled)
	session = newSession(t, nil, "train.steps", 1000000)
	_, err = session.TrainOn(ctx, func(step, _ int64, batch *raddle.Batch) error {
		if step == 1 {
			check(t, session.Close())
		}
		batch.Tokens = tokens // which nobody reads any more then
		return nil
	}, nil)
	isError(t, err, raddle.ErrCancelled)
}

func TestAPanicComesOutAsItself(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000000)
	mine := errors.New("mine")
	panics := func(what string, f func()) {
		t.Helper()
		defer func() {
			t.Helper()
			if value := recover(); value != mine {
				t.Errorf("%s: %v came out", what, value)
			}
			if _, err := session.Step(ctx, raddle.Batch{Tokens: tokens}); err != nil {
				t.Errorf("%s: %v", what, err) // nothing of the call is left
			}
		}()
		f()
		t.Errorf("%s: returned", what)
	}
	panics("an event", func() {
		_, _ = session.Train(ctx, func(*raddle.Event) error { panic(mine) })
	})
	panics("a batch", func() {
		_, _ = session.TrainOn(ctx, func(int64, int64, *raddle.Batch) error { panic(mine) }, nil)
	})
	panics("a token", func() {
		_, _ = session.Generate(ctx, tokens, nil, func(int32, string) error { panic(mine) })
	})
	panics("a token in an event", func() {
		_, _ = session.Train(ctx, func(*raddle.Event) error {
			_, err := session.Generate(ctx, tokens, nil, func(int32, string) error { panic(mine) })
			return err
		})
	})
	panics("a writer", func() {
		_, _ = session.GenerateText(ctx, writer(func() { panic(mine) }), "a", nil)
	})
}

type writer func()

func (w writer) Write(p []byte) (int, error) { w(); return 0, io.ErrShortWrite }

func TestAGoroutineMayEndInAFunction(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000000)
	var ended sync.WaitGroup
	ended.Add(1)
	go func() {
		defer ended.Done()
		_, _ = session.Train(ctx, func(*raddle.Event) error {
			runtime.Goexit() // as t.Fatal does
			return nil
		})
	}()
	ended.Wait()
	_, err := session.Step(ctx, raddle.Batch{Tokens: tokens})
	check(t, err)
}
