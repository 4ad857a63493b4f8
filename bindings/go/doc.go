// SPDX-License-Identifier: Apache-2.0

// Package raddle trains and runs language models in a Go program: Raddle's C library behind Go's
// own manners.
//
//	runtime, err := raddle.New(nil)
//	config, err := raddle.NewConfig()
//	err = config.Set("data.path", "input.txt")
//	session, err := runtime.NewSession(ctx, config, nil)
//	result, err := session.Train(ctx, func(event *raddle.Event) error { ... })
//
// # Objects
//
// What a New or Open function returns has a Close, which frees memory that Go's collector does not
// see: defer it. Close may be called twice and from any goroutine; calls that run in the object end
// with ErrCancelled, and Close waits for them. A call on a closed object is an Error that is
// os.ErrClosed. A parent (Runtime) may be closed before what was made with it. A finalizer frees
// what was forgotten, late; only a Tensor, whose memory the program may still hold, is left alone.
//
// # Goroutines
//
// Objects are independent of each other. A Config, a Graph that is being built and a Session take
// one call at a time: another is refused with ErrFailedPrecondition and does not wait. A Runtime, a
// Tokenizer, a Plan and a finished Graph take any number. While a function that was given to Train,
// TrainOn or Generate runs, the session may be asked for Info, Config and tensors, may be saved and
// may generate; anything else on it is refused.
//
// # Stopping
//
// What may last takes a context, and returns ErrCancelled soon after the context is done; the error
// is the context's too. A Stop in the context asks to end in good order instead, and says how far
// the call is.
//
// # Functions of the caller's
//
// Train, TrainOn and Generate call functions for events, batches and tokens, as fs.WalkDir does:
// nothing is left running or unread when they return, an error that the function returns is what
// they return, and no goroutine or channel must be drained. Channels would need both. The functions
// run on the caller's goroutine, never on a thread of C's, so a panic, runtime.Goexit or t.Fatal in
// one does what it does anywhere, once the step under way is dropped.
//
// # Versions
//
// New and NewConfig refuse a library that is older than this package or of another major version
// (before 1.0: another minor one).
package raddle
