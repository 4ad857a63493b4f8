// SPDX-License-Identifier: Apache-2.0

package raddle_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"raddle"
)

// A sanitizer and the race detector have memory of their own, and repetitions say nothing new.
var measured = os.Getenv("RADDLE_SANITIZED") != "1" && os.Getenv("RADDLE_GO_RACE") == ""

// TestMain is the whole of a test's own processes too, which say by the environment what they do.
func TestMain(m *testing.M) {
	switch os.Getenv("RADDLE_GO_PROCESS") {
	case "exit", "return", "signals":
		trainForever(os.Getenv("RADDLE_GO_PROCESS"))
	case "log":
		panicInTheLog()
	default:
		os.Exit(m.Run())
	}
}

func process(t *testing.T, what string) *exec.Cmd {
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "RADDLE_GO_PROCESS="+what)
	return command
}

func quick[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// trainForever trains in a goroutine and leaves main, or waits for a signal.
func trainForever(how string) {
	folder := quick(os.MkdirTemp("", "raddle"))
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "text")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		panic(err)
	}
	config := quick(raddle.NewConfig())
	for key, value := range map[string]any{"data.path": path, "data.tokenizer": "bytes",
		"model.layers": 2, "model.width": 64, "model.heads": 4, "model.context": 64,
		"train.micro_batch_tokens": 256, "train.steps": 1000000, "runtime.threads": 2} {
		if err := config.Set(key, value); err != nil {
			panic(err)
		}
	}
	runtime := quick(raddle.New(nil))
	session := quick(runtime.NewSession(ctx, config, nil))
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	var stop raddle.Stop
	started, finished := make(chan struct{}), make(chan raddle.TrainResult)
	go func() {
		var once sync.Once
		finished <- quick(session.Train(raddle.WithStop(ctx, &stop), func(*raddle.Event) error {
			once.Do(func() { close(started) })
			return nil
		}))
	}()
	<-started
	switch how {
	case "exit":
		os.RemoveAll(folder)
		os.Exit(5)
	case "signals":
		fmt.Println("training")
		<-signals
		stop.Request()
		result := <-finished
		fmt.Println("stopped", result.Stopped, result.StepsDone > 0)
	}
}

func TestTheProcessMayEndInMidTraining(t *testing.T) {
	times := 20
	if count, err := strconv.Atoi(os.Getenv("RADDLE_GO_EXITS")); err == nil {
		times = count
	} else if !measured {
		times = 2
	}
	for i := 0; i < times; i++ {
		what, code := "exit", 5
		if i%2 == 1 {
			what, code = "return", 0
		}
		command := process(t, what)
		var said bytes.Buffer
		command.Stdout, command.Stderr = &said, &said
		_ = command.Run()
		if command.ProcessState.ExitCode() != code || said.Len() > 0 {
			t.Fatalf("%s, run %d: %v\n%s", what, i, command.ProcessState, &said)
		}
	}
}

func TestSignalsAreGosWhileItTrains(t *testing.T) {
	command := process(t, "signals")
	output, err := command.StdoutPipe()
	check(t, err)
	command.Stderr = os.Stderr
	check(t, command.Start())
	line := make([]byte, 9)
	_, err = io.ReadFull(output, line)
	check(t, err)
	check(t, command.Process.Signal(syscall.SIGURG)) // the runtime's, and Go ignores it otherwise
	check(t, command.Process.Signal(os.Interrupt))
	said, err := io.ReadAll(output)
	check(t, err)
	if err = command.Wait(); err != nil || string(said) != "stopped true true\n" {
		t.Errorf("%q, %v", said, err)
	}
}

func panicInTheLog() {
	quick(raddle.New(&raddle.Options{Log: func(raddle.LogLevel, string) { panic("in the log") }}))
	os.Setenv("RADDLE_NO_SUCH_KEY", "1")
	if err := quick(raddle.NewConfig()).LoadEnvironment(); err != nil {
		panic(err)
	}
	time.Sleep(time.Minute)
}

func TestAPanicOfALogFunctionEndsTheProcessAsAnyGoroutinesDoes(t *testing.T) {
	said, err := process(t, "log").CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 ||
		!strings.Contains(string(said), "panic: in the log") ||
		!strings.Contains(string(said), "panicInTheLog") {
		t.Errorf("%v\n%s", err, said)
	}
}

// Pairs of a model that is made in no time.
var tiny = []any{"model.layers", 1, "model.width", 16, "model.heads", 1, "model.context", 16,
	"train.micro_batch_tokens", 16}

// residentBytes is the memory of this process after a collection.
func residentBytes(t *testing.T) int64 {
	t.Helper()
	runtime.GC()
	statm, err := os.ReadFile("/proc/self/statm")
	check(t, err)
	pages, err := strconv.ParseInt(strings.Fields(string(statm))[1], 10, 64)
	check(t, err)
	return pages * int64(os.Getpagesize())
}

func TestSessionsLeaveNothingBehind(t *testing.T) {
	noLeaks(t)
	r, config := newRuntime(t), newConfig(t, tiny...)
	times := 200
	if !measured {
		times = 20
	}
	one := func() {
		session, err := r.NewSession(ctx, config, nil)
		check(t, err)
		_, err = session.Train(ctx, func(*raddle.Event) error { return raddle.EndLoop })
		check(t, err)
		_, err = session.Tokenizer().Encode("abc")
		check(t, err)
		check(t, session.Close())
	}
	for i := 0; i < times/10; i++ {
		one()
	}
	before := residentBytes(t)
	for i := 0; i < times; i++ {
		one()
	}
	if grown := residentBytes(t) - before; grown > 8<<20 && measured {
		t.Errorf("%d bytes more after %d sessions", grown, times)
	}
}

func TestForgottenObjectsAreCollected(t *testing.T) {
	if !measured {
		t.Skip("it measures memory")
	}
	before := residentBytes(t)
	for i := 0; i < 10; i++ {
		func() {
			r, err := raddle.New(nil)
			check(t, err)
			config := newConfig(t, append(tiny, "model.vocab_size", 65536)...)
			session, err := r.NewSession(ctx, config, nil)
			check(t, err)
			_ = session
		}()
		for j := 0; j < 3; j++ { // a session, then its runtime
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	}
	if grown := residentBytes(t) - before; grown > 80<<20 {
		t.Errorf("%d bytes of 10 forgotten sessions are left", grown)
	}
}

func TestPathsOfAnyBytes(t *testing.T) {
	r := newRuntime(t)
	for _, name := range []string{"läufe 試 \U0001f600", "a\xff\xfe'b"} {
		directory := filepath.Join(t.TempDir(), name)
		session, err := r.NewSession(ctx, newConfig(t, "train.steps", 2),
			&raddle.SessionOptions{RunDirectory: directory})
		check(t, err)
		var saved string
		_, err = session.Train(ctx, func(event *raddle.Event) error {
			if event.Kind == raddle.EventCheckpoint {
				saved = event.Path
			}
			return nil
		})
		check(t, err)
		check(t, session.Close())
		if !strings.HasPrefix(saved, directory+"/") {
			t.Errorf("%q is not in %q", saved, directory)
		}
		opened, err := r.OpenSession(ctx, directory, nil)
		check(t, err)
		check(t, opened.Close())
		list := checkpoints(t, r, directory)
		if len(list) == 0 || list[len(list)-1].Path != saved {
			t.Errorf("%+v", list)
		}
	}
	isError(t, r.ListCheckpoints(ctx, "no/such", nil), raddle.ErrInvalidArgument, "callback")
	err := r.ListCheckpoints(ctx, "no/such", func(*raddle.CheckpointInfo) error { return nil })
	isError(t, err, raddle.ErrNotFound, "no/such")
}

// 100 MB of tokens are refused, and copied at most once on the way.
func TestABatchOf100MB(t *testing.T) {
	session := newSession(t, nil)
	batch := raddle.Batch{Tokens: make([]int32, 25_000_000)}
	before := peakBytes(t)
	_, err := session.StepTokens(ctx, batch.Tokens, nil, nil, nil, nil)
	isError(t, err, raddle.ErrInvalidArgument, "25000000")
	if grown := peakBytes(t) - before; grown > 20<<20 && measured {
		t.Errorf("StepTokens: %d bytes more", grown)
	}
	_, err = session.Step(ctx, batch)
	isError(t, err, raddle.ErrInvalidArgument, "25000000")
	_, err = session.TrainOn(ctx, func(_, _ int64, given *raddle.Batch) error {
		*given = batch
		return nil
	}, nil)
	isError(t, err, raddle.ErrInvalidArgument, "25000000")
	if grown := peakBytes(t) - before; grown > 130<<20 && measured {
		t.Errorf("%d bytes more", grown)
	}
	_, err = session.Generate(ctx, batch.Tokens, nil, nil)
	isError(t, err, raddle.ErrInvalidArgument)
	_, err = session.Logits(ctx, batch.Tokens)
	isError(t, err, raddle.ErrInvalidArgument)
}

func peakBytes(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	check(t, err)
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	check(t, err)
	return kilobytes * 1024
}

func TestTwoSessionsInTwoGoroutinesAreAsOneAlone(t *testing.T) {
	noLeaks(t)
	losses := func(session *raddle.Session) (list []float64) {
		_, err := session.Train(ctx, func(event *raddle.Event) error {
			if event.Kind == raddle.EventStep {
				list = append(list, event.Metrics.Loss)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		return list
	}
	expected := losses(newSession(t, nil, "train.steps", 20))
	var both [2][]float64
	var group sync.WaitGroup
	for i := range both {
		i, session := i, newSession(t, nil, "train.steps", 20)
		group.Add(1)
		go func() {
			defer group.Done()
			both[i] = losses(session)
		}()
	}
	group.Wait()
	for _, each := range both {
		if fmt.Sprint(each) != fmt.Sprint(expected) || len(each) != 20 {
			t.Errorf("%v, alone %v", each, expected)
		}
	}
}

// Any goroutine may call and close anything at any time: what the race detector looks at.
func TestManyGoroutines(t *testing.T) {
	noLeaks(t)
	session := newSession(t, nil, "train.steps", 1000000)
	tokenizer := session.Tokenizer()
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		i := i
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				var err error
				switch i % 4 {
				case 0:
					_, err = session.Train(ctx, func(*raddle.Event) error { return nil })
				case 1:
					_, err = session.Info()
				case 2:
					_, err = session.Step(ctx, raddle.Batch{Tokens: tokens})
				case 3:
					_, err = tokenizer.Encode("abc")
				}
				if errors.Is(err, os.ErrClosed) {
					return
				}
				if err != nil && !errors.Is(err, raddle.ErrFailedPrecondition) {
					t.Error(err)
					return
				}
			}
		}()
	}
	time.Sleep(200 * time.Millisecond)
	check(t, session.Close())
	group.Wait()
}
