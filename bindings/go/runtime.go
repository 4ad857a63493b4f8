// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
)

func versionText(version uint32) string {
	return fmt.Sprintf("%d.%d.%d", version>>24, version>>16&0xff, version&0xffff)
}

// checkVersion refuses a library that this package does not fit.
func checkVersion(library uint32) error {
	const own = VersionMajor<<24 | VersionMinor<<16 | VersionPatch
	series, same := versionText(own), library>>24 == own>>24
	if VersionMajor == 0 {
		same = library>>16 == own>>16
	}
	if same && library >= own {
		return nil
	}
	return &Error{Code: ErrUnavailable, Message: fmt.Sprintf("libraddle is version %s, and this "+
		"package is for %s: install a libraddle of its series that is not older than %s, or the "+
		"package that came with the library", versionText(library), series, series)}
}

// Options are what a Runtime is made with.
type Options struct {
	// Log receives the library's messages, one at a time and in order, on goroutines of the
	// Runtime's; all before Close returns, so closing the Runtime in it, which would wait for
	// itself, is ErrFailedPrecondition. The log is the process's: while several Runtimes live, each
	// gets all of it. nil: no log
	Log func(level LogLevel, message string)
	// LogLevel is the lowest level that reaches Log; LogDefault: LogInfo
	LogLevel LogLevel
}

// New makes what everything else is made with (C's raddle_context_t, which has another name here
// because of context.Context); nil options: no log. It is cheap: it starts no thread.
func New(options *Options) (*Runtime, error) {
	if err := checkVersion(rawVersion()); err != nil {
		return nil, err
	}
	if options == nil {
		options = &Options{}
	}
	given, end := contextOptions{logLevel: options.LogLevel}, func() {}
	var queue logQueue
	if options.Log != nil {
		given.logCallback = newUpcall(logCallback(func(level LogLevel, message string) {
			queue.add(func() { options.Log(level, message) })
		}))
		end = func() {
			given.logCallback.release()
			if rest := queue.add(func() {}); !queue.isInside() {
				<-rest
			}
		}
	}
	object, err := rawContextCreate(&given)
	if err != nil {
		end()
		return nil, err
	}
	r := newRuntime(object, nil)
	r.handle.refuse = queue.refuse
	r.handle.destroy = func(object *cContext) {
		rawContextDestroy(object)
		end() // nothing is logged any more
	}
	return r, nil
}

// logQueue takes messages off C's threads, so that none has a slow or panicking log function on it:
// each is delivered by a goroutine that waits for the one before.
type logQueue struct {
	mutex  sync.Mutex
	done   chan struct{} // of the last message
	inside string        // the goroutine that delivers one; "": none does
}

func (q *logQueue) add(deliver func()) (done chan struct{}) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	before, done := q.done, make(chan struct{})
	q.done = done
	go func() {
		defer close(done)
		if before != nil {
			<-before
		}
		q.setInside(goroutine())
		defer q.setInside("")
		deliver()
	}()
	return done
}

func (q *logQueue) setInside(goroutine string) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.inside = goroutine
}

// isInside reports whether the log function is what calls.
func (q *logQueue) isInside() bool {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	return q.inside != "" && q.inside == goroutine()
}

func (q *logQueue) refuse() error {
	if !q.isInside() {
		return nil
	}
	return &Error{Code: ErrFailedPrecondition, Message: "closing the runtime: a log function must " +
		"not close its runtime, which waits for it; note what it has to do and do it when the " +
		"function has returned"}
}

// goroutine is the number of the calling goroutine, which Go tells nobody but in a stack's first
// line: "goroutine 7 [running]:".
func goroutine() string {
	var text [64]byte
	words := strings.Fields(string(text[:runtime.Stack(text[:], false)]))
	return words[1]
}
