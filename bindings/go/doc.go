// SPDX-License-Identifier: Apache-2.0

// Package raddle trains and runs language models in a Go program: Raddle's C library behind Go's
// own manners.
//
// # Objects
//
// What a New or Open function returns has a Close, which frees memory that Go's collector does not
// see: defer it. Close may be called twice and from any goroutine; calls that run in the object end
// with ErrCancelled, and later ones are an Error that is os.ErrClosed. A Runtime may be closed
// before what was made with it. A finalizer frees what was forgotten, late, but for a Tensor.
//
// # Goroutines
//
// Objects are independent of each other. A Graph that is being built and a Session take one call
// at a time: another is refused with ErrFailedPrecondition and does not wait. Calls on a Config
// wait for each other. A Runtime, a Tokenizer, a Plan and a finished Graph take any number. While
// a function that was given to Train, TrainOn or Generate runs, the session may be asked for Info,
// Config and tensors, may be saved and may generate; anything else on it is refused.
//
// # Stopping
//
// What may last takes a context, and returns ErrCancelled soon after the context is done; the error
// is the context's too. Calls that are over before long, such as LoadFile, look at it when they
// begin. A Stop in the context asks to end in good order, and says how far the call is.
//
// # Functions of the caller's
//
// Train, TrainOn, Generate and ListCheckpoints call functions, as fs.WalkDir does, on the caller's
// goroutine and never on top of C's frames: an error that the function returns is what they return,
// and a panic, runtime.Goexit or t.Fatal in it does what it does anywhere, once the step under way
// is dropped. Nothing is left running or unread afterwards, as channels would leave it.
package raddle
