// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"context"
	"io"
	"os"
	"runtime"
	"sync"
)

// handle is an object of C's that any goroutine may close at any time: it counts calls that run,
// stops them, and is destroyed after the last. A finalizer closes what was forgotten. A nil handle
// stands for a NULL that C allows or refuses.
type handle[T any] struct {
	what    string
	destroy func(*T)
	parent  holder       // is there as long as this
	refuse  func() error // why it cannot be closed now; nil: it always can
	object  *T

	mutex   sync.Mutex
	idle    sync.Cond
	calls   int
	holds   int // by children, which may outlive Close
	closed  bool
	closing chan struct{}       // closed by Close
	stops   map[*cStop]struct{} // of calls that run
	lent    io.Closer           // a part of the object, closed with it
	visits  *visits             // while a function of the caller's runs inside a call
	queue   *sync.Mutex         // of an object that lends texts: its calls wait for each other
}

type holder interface{ hold(int) }

func newHandle[T any](what string, object *T, parent holder, queue *sync.Mutex,
	destroy func(*T)) *handle[T] {
	h := &handle[T]{what: what, object: object, destroy: destroy, parent: parent, queue: queue,
		closing: make(chan struct{}), stops: map[*cStop]struct{}{}}
	h.idle.L = &h.mutex
	if parent != nil {
		parent.hold(1)
	}
	runtime.SetFinalizer(h, func(h *handle[T]) { go h.Close() })
	return h
}

func (h *handle[T]) isClosed() error {
	return &Error{ErrFailedPrecondition, ScopeCall, "the " + h.what + " is closed", os.ErrClosed}
}

func (h *handle[T]) enter() (*T, error) {
	if h == nil {
		return nil, nil
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.closed {
		return nil, h.isClosed()
	}
	h.calls++
	return h.object, nil
}

func (h *handle[T]) leave() {
	if h == nil {
		return
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.calls--; h.calls == 0 {
		h.idle.Broadcast()
	}
}

func (h *handle[T]) hold(more int) {
	h.mutex.Lock()
	h.holds += more
	h.mutex.Unlock()
	if more < 0 {
		h.finish()
	}
}

func (h *handle[T]) Close() error {
	if h == nil {
		return nil
	}
	if h.refuse != nil {
		if err := h.refuse(); err != nil {
			return err
		}
	}
	h.mutex.Lock()
	if h.closed {
		h.mutex.Unlock()
		return nil
	}
	h.closed = true
	close(h.closing)
	for stop := range h.stops {
		rawStopCancel(stop)
	}
	for h.calls > 0 {
		h.idle.Wait()
	}
	h.mutex.Unlock()
	if h.lent != nil {
		_ = h.lent.Close() // never fails
	}
	h.finish()
	return nil
}

// finish destroys what nobody has any more.
func (h *handle[T]) finish() {
	h.mutex.Lock()
	object := h.object
	if !h.closed || h.calls > 0 || h.holds > 0 || object == nil {
		h.mutex.Unlock()
		return
	}
	h.object = nil
	h.mutex.Unlock()
	runtime.SetFinalizer(h, nil)
	h.destroy(object)
	if h.parent != nil {
		h.parent.hold(-1)
	}
}

// call runs f with the object, which nobody destroys meanwhile.
func call[T any](h *handle[T], f func(*T) error) error {
	if h == nil {
		return f(nil)
	}
	object, err := h.enter()
	if err != nil {
		return err
	}
	defer h.leave()
	h.visit(func() { err = f(object) })
	return err
}

// block is call for what may last: the context, a Stop in it, or closing the object ends it.
func block[T any](ctx context.Context, h *handle[T], f func(*T, *cStop) error) error {
	if ctx.Err() != nil {
		return cancelled(ctx)
	}
	if h == nil {
		return f(nil, nil)
	}
	object, err := h.enter()
	if err != nil {
		return err
	}
	defer h.leave()
	token, end, err := h.watch(ctx)
	if err != nil {
		return err
	}
	defer end()
	h.visit(func() { err = f(object, token) })
	if err, ok := err.(*Error); ok && err.Code == ErrCancelled {
		h.mutex.Lock()
		defer h.mutex.Unlock()
		if err.cause = ctx.Err(); err.cause == nil && h.closed {
			err.cause = h.isClosed()
		}
	}
	return err
}

// watch is a stop for one call, and what ends it. It is cancelled by the context and by Close, and
// passes on what a Stop in the context asks for.
func (h *handle[T]) watch(ctx context.Context) (token *cStop, end func(), err error) {
	if token, err = rawStopCreate(); err != nil {
		return
	}
	h.mutex.Lock()
	h.stops[token] = struct{}{}
	if h.closed {
		rawStopCancel(token)
	}
	h.mutex.Unlock()
	own, _ := ctx.Value(stopKey{}).(*Stop)
	own.add(token)
	over, gone := make(chan struct{}), make(chan struct{})
	if ctx.Done() == nil {
		close(gone)
	} else {
		go func() {
			defer close(gone)
			select {
			case <-ctx.Done():
				rawStopCancel(token)
			case <-over:
			}
		}()
	}
	return token, func() {
		close(over)
		<-gone
		own.remove(token)
		h.mutex.Lock()
		delete(h.stops, token)
		h.mutex.Unlock()
		rawStopDestroy(token)
	}, nil
}
