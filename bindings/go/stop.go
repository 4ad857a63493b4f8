// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"context"
	"sync"
)

// Stop asks calls to end in good order, and tells how far they are. A training loop finishes its
// step, saves and returns without an error; a generation returns what it has. Whatever else, of
// which a part is no result, returns ErrCancelled. The zero value is ready. It is given to calls by
// their context, stays set, and any number of goroutines and calls may share it:
//
//	var stop raddle.Stop
//	go func() { <-signals; stop.Request() }()
//	result, err := session.Train(raddle.WithStop(ctx, &stop), nil)
type Stop struct {
	mutex       sync.Mutex
	grade       StopGrade
	tokens      map[*cStop]struct{} // of calls that run
	last        *cStop              // of the call that began last, while it runs
	done, total int64               // of the one before
}

type stopKey struct{}

// WithStop is a context whose calls end when stop asks for it.
func WithStop(parent context.Context, stop *Stop) context.Context {
	return context.WithValue(parent, stopKey{}, stop)
}

// Request asks to stop in good order. It does not wait.
func (s *Stop) Request() { s.raise(StopRequested) }

// Cancel makes the calls return ErrCancelled as soon as possible, without what they had begun. It
// does not wait.
func (s *Stop) Cancel() { s.raise(StopCancelled) }

// Grade is what was asked for so far.
func (s *Stop) Grade() StopGrade {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.grade
}

// Progress is how far the call is that began last, of how many parts: steps of a training, tokens
// of a generation, batches of an evaluation, bytes of what reads or writes files. A total of 0 is
// not known.
func (s *Stop) Progress() (done, total int64) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.last != nil {
		s.done, s.total = rawStopDone(s.last), rawStopTotal(s.last)
	}
	return s.done, s.total
}

func (s *Stop) raise(grade StopGrade) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if grade > s.grade {
		s.grade = grade
	}
	for token := range s.tokens {
		s.pass(token)
	}
}

func (s *Stop) pass(token *cStop) {
	if s.grade == StopCancelled {
		rawStopCancel(token)
	} else if s.grade == StopRequested {
		rawStopRequest(token)
	}
}

func (s *Stop) add(token *cStop) {
	if s == nil {
		return
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.tokens == nil {
		s.tokens = map[*cStop]struct{}{}
	}
	s.tokens[token] = struct{}{}
	s.last = token
	s.pass(token)
}

func (s *Stop) remove(token *cStop) {
	if s == nil {
		return
	}
	s.Progress()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.last == token {
		s.last = nil
	}
	delete(s.tokens, token)
}
