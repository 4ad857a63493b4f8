// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"raddle"
)

// The text that the tests train on: bytes are its tokens.
var text = strings.Repeat("the cat sat on the mat and the dog lay by the log. ", 60)

var ctx = context.Background()

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRuntime(t testing.TB) *raddle.Runtime {
	t.Helper()
	r, err := raddle.New(nil)
	check(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// newConfig is that of a small model, changed by pairs of key and value.
func newConfig(t testing.TB, pairs ...any) *raddle.Config {
	t.Helper()
	config, err := raddle.NewConfig()
	check(t, err)
	t.Cleanup(func() { config.Close() })
	path := filepath.Join(t.TempDir(), "text.txt")
	check(t, os.WriteFile(path, []byte(text), 0o600))
	all := append([]any{"data.path", path, "data.tokenizer", "bytes",
		"data.validation_fraction", 0, "model.layers", 2, "model.width", 64, "model.heads", 4,
		"model.context", 64, "train.micro_batch_tokens", 256, "train.steps", 5,
		"optimizer.learning_rate", 3e-3, "runtime.threads", 1}, pairs...)
	for i := 0; i < len(all); i += 2 {
		check(t, config.Set(all[i].(string), all[i+1]))
	}
	return config
}

func newSession(t testing.TB, options *raddle.SessionOptions, pairs ...any) *raddle.Session {
	t.Helper()
	session, err := newRuntime(t).NewSession(ctx, newConfig(t, pairs...), options)
	check(t, err)
	t.Cleanup(func() { session.Close() })
	return session
}

// isError says of an error that it has the code, scope and words that it should have.
func isError(t testing.TB, err error, code raddle.Code, words ...string) {
	t.Helper()
	var known *raddle.Error
	if !errors.As(err, &known) || !errors.Is(err, code) || known.Code != code {
		t.Fatalf("%v is not a %v", err, code)
	}
	if known.Scope != raddle.ScopeCall {
		t.Errorf("%v: is of scope %v", err, known.Scope)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	if errors.Is(err, raddle.ErrIO) {
		t.Errorf("%v is any error", err)
	}
}

// noLeaks fails if goroutines are left when the test and its cleanups are over.
func noLeaks(t testing.TB) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		var after int
		for i := 0; i < 100; i++ {
			if after = runtime.NumGoroutine(); after <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		stacks := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", after, before,
			stacks[:runtime.Stack(stacks, true)])
	})
}

func TestVersionAndBuildInfo(t *testing.T) {
	expected := fmt.Sprintf("%d.%d.", raddle.VersionMajor, raddle.VersionMinor)
	if !strings.HasPrefix(raddle.Version(), expected) {
		t.Errorf("version %q", raddle.Version())
	}
	if !strings.Contains(raddle.BuildInfo(), "version: "+raddle.Version()) {
		t.Errorf("build info %q", raddle.BuildInfo())
	}
}

func TestErrorsHaveCodeScopeAndMessage(t *testing.T) {
	r := newRuntime(t)
	config := newConfig(t)
	isError(t, config.Set("train.step", 3), raddle.ErrInvalidArgument, "train.step", "train.steps")
	_, err := r.OpenSession(ctx, "no/such/run", nil)
	isError(t, err, raddle.ErrNotFound, "no/such/run")
	_, err = r.OpenSession(ctx, "a\x00b", nil)
	isError(t, err, raddle.ErrInvalidArgument, "path", "zero byte")
	session := newSession(t, nil)
	_, err = session.Apply(ctx, nil)
	isError(t, err, raddle.ErrFailedPrecondition, "gradients")
	_, err = r.NewSession(ctx, nil, nil)
	isError(t, err, raddle.ErrInvalidArgument, "config", "NULL")
	if raddle.ErrNotFound.Error() != "raddle: NOT_FOUND" || raddle.Code(99).String() != "Code(99)" {
		t.Errorf("%v, %s", raddle.ErrNotFound, raddle.Code(99).String())
	}
}

func TestClosedObjectsAreErrorsAndCloseTwiceIsFine(t *testing.T) {
	r := newRuntime(t)
	config := newConfig(t)
	session, err := r.NewSession(ctx, config, nil)
	check(t, err)
	tokenizer := session.Tokenizer()
	for i := 0; i < 2; i++ {
		check(t, r.Close()) // before what was made with it
	}
	if _, err = session.Train(ctx, nil); err != nil {
		t.Errorf("after the runtime's Close: %v", err)
	}
	for i := 0; i < 2; i++ {
		check(t, session.Close())
		check(t, config.Close())
	}
	_, err = session.Info()
	isError(t, err, raddle.ErrFailedPrecondition, "session is closed")
	if !errors.Is(err, os.ErrClosed) {
		t.Errorf("%v is no os.ErrClosed", err)
	}
	_, err = session.Train(ctx, func(*raddle.Event) error { return nil })
	isError(t, err, raddle.ErrFailedPrecondition, "session is closed")
	_, err = tokenizer.Encode("a")
	isError(t, err, raddle.ErrFailedPrecondition, "session is closed")
	_, err = config.Get("train.steps")
	isError(t, err, raddle.ErrFailedPrecondition, "config is closed")
	_, err = r.NewSession(ctx, newConfig(t), nil)
	isError(t, err, raddle.ErrFailedPrecondition, "runtime is closed")
	if session.Tokenizer() != nil {
		t.Error("a closed session has a tokenizer")
	}
	check(t, (*raddle.Session)(nil).Close()) // a deferred Close of what was never made
}

func TestTheLogIsInOrderAndWholeWhenItsRuntimeIsClosed(t *testing.T) {
	noLeaks(t)
	var got []string
	r, err := raddle.New(&raddle.Options{LogLevel: raddle.LogWarning,
		Log: func(level raddle.LogLevel, message string) {
			if level < raddle.LogWarning {
				t.Errorf("%v: %s", level, message)
			}
			if strings.Contains(message, "RADDLE_NO_SUCH_KEY") { // and not one of the tests' own
				got = append(got, message)
			}
		}})
	check(t, err)
	config := newConfig(t)
	for i := 0; i < 3; i++ {
		t.Setenv("RADDLE_NO_SUCH_KEY", fmt.Sprint(i))
		check(t, config.LoadEnvironment())
	}
	check(t, r.Close())
	if len(got) != 3 {
		t.Errorf("%q", got)
	}
	_, err = raddle.New(&raddle.Options{LogLevel: 77})
	isError(t, err, raddle.ErrInvalidArgument, "level")
}

func TestALogFunctionThatClosesItsRuntimeIsRefused(t *testing.T) {
	noLeaks(t)
	var r *raddle.Runtime
	refused := make(chan error, 1)
	r, err := raddle.New(&raddle.Options{Log: func(_ raddle.LogLevel, message string) {
		if strings.Contains(message, "RADDLE_NO_SUCH_KEY_TOO") {
			refused <- r.Close()
		}
	}})
	check(t, err)
	t.Setenv("RADDLE_NO_SUCH_KEY_TOO", "1")
	check(t, newConfig(t).LoadEnvironment())
	isError(t, <-refused, raddle.ErrFailedPrecondition, "must not close its runtime")
	check(t, r.Close())
}

func TestDescribe(t *testing.T) {
	described, err := newRuntime(t).Describe(ctx)
	check(t, err)
	if !strings.HasPrefix(string(described), "{") {
		t.Errorf("%s", described)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = newRuntime(t).Describe(done)
	if isError(t, err, raddle.ErrCancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
