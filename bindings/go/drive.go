// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"context"
	"io"
)

// How calls of C's that call back are turned round: C runs on a goroutine of its own, and what it
// asks for is done by the caller's, which waits. So no function of the caller's has C's frames
// under it, and a panic in one leaves nothing unfinished there.

// asker has the caller's goroutine run a function. What C is told is 0, or 1 to end.
type asker func(func() error) int32

type driven struct {
	asks      chan func()
	abandoned chan struct{} // the caller's goroutine is gone
	alone     bool          // the object takes no other call meanwhile, but for those of callbacks
	err       error         // of the caller's function; on the caller's goroutine alone
}

func drive[T any](ctx context.Context, h *handle[T], alone bool,
	f func(*T, *cStop, asker) error) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &driven{asks: make(chan func()), abandoned: make(chan struct{}), alone: alone}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		err = block(ctx, h, func(object *T, stop *cStop) error {
			return f(object, stop, func(function func() error) int32 { return h.serve(d, function) })
		})
	}()
	running := true
	defer func() {
		if running { // the function panicked, or ended its goroutine
			close(d.abandoned)
			cancel()
			<-finished
		}
	}()
	for running {
		select {
		case ask := <-d.asks:
			ask()
		case <-finished:
			running = false
		}
	}
	if d.err == nil || d.err == EndLoop || d.err == io.EOF {
		return err
	}
	return caused(err, d.err)
}

// visits takes calls to the thread that runs a callback, while the callback lasts.
type visits struct {
	jobs chan func()
	over chan struct{}
}

func (h *handle[T]) swapVisits(v *visits) (before *visits) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	before, h.visits = h.visits, v
	return before
}

// visit runs f here, or, while a function of the caller's runs inside a call on the object, on the
// thread of that call: C serves it there if it is one for callbacks, and else says why not.
func (h *handle[T]) visit(f func()) {
	if h.queue != nil {
		h.queue.Lock()
		defer h.queue.Unlock()
	}
	h.mutex.Lock()
	v := h.visits
	h.mutex.Unlock()
	if v == nil {
		f()
		return
	}
	done := make(chan struct{})
	select {
	case v.jobs <- func() { defer close(done); f() }:
		<-done
	case <-v.over:
		f()
	}
}

// serve runs on C's thread, inside a callback, until the caller's goroutine has run the function.
func (h *handle[T]) serve(d *driven, function func() error) int32 {
	v := &visits{jobs: make(chan func()), over: make(chan struct{})}
	defer close(v.over)
	if d.alone {
		defer h.swapVisits(h.swapVisits(v)) // one may run inside the callback of another
	}
	answer := make(chan int32, 1)
	asks := d.asks
	for {
		select {
		case asks <- func() { answer <- d.answer(function()) }:
			asks = nil // once
		case job := <-v.jobs:
			job()
		case code := <-answer:
			return code
		case <-d.abandoned:
			return 1
		case <-h.closing:
			return 1
		}
	}
}

func (d *driven) answer(err error) int32 {
	if err == nil {
		return 0
	}
	if d.err == nil {
		d.err = err
	}
	return 1
}
