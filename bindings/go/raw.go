// SPDX-License-Identifier: Apache-2.0

package raddle

// What the generated zraw_*.go stand on: memory of C's for the length of a call, errors out of C,
// and functions of Go's that C calls.

// #cgo pkg-config: raddle
// #include <raddle/raddle.h>
// #include <stdlib.h>
//
// static void raddleGoDeleteTensor(raddle_dl_versioned_t* tensor) { tensor->deleter(tensor); }
import "C"

import (
	"fmt"
	"runtime/cgo"
	"strings"
	"unsafe"
)

func statusError(status C.raddle_status_t) error {
	if status == nil {
		return nil
	}
	defer C.raddle_status_destroy(&status)
	return &Error{
		Code:    Code(C.raddle_status_code(status)),
		Scope:   Scope(C.raddle_status_scope(status)),
		Message: C.GoString(C.raddle_status_message(status)),
	}
}

func takeText(text *C.char) string {
	defer C.raddle_text_destroy(&text)
	return C.GoString(text)
}

func takeBytes(text *C.char, count C.size_t) string {
	defer C.raddle_text_destroy(&text)
	return C.GoStringN(text, C.int(count))
}

func deleteTensor(tensor *cDlVersioned) { C.raddleGoDeleteTensor(tensor) }

// The element that an array of none points to, where C takes no NULL.
var nothing [16]byte

// copyOut is a slice of Go's with what C has there.
func copyOut[T any](values *T, count int) []T {
	return append([]T(nil), unsafe.Slice(values, count)...)
}

// first is where C reads a slice of numbers; it is Go's memory and C's for the call alone.
func first[T any](values []T, nullable bool) unsafe.Pointer {
	if len(values) > 0 {
		return unsafe.Pointer(&values[0])
	}
	if nullable && values == nil {
		return nil
	}
	return unsafe.Pointer(&nothing)
}

func positive(count int) int {
	if count < 0 {
		return 0
	}
	return count
}

func cFlag(set bool) C.int32_t {
	if set {
		return 1
	}
	return 0
}

// arena holds what C reads during a call and Go may not lend it: texts, and what structs point to.
// It keeps the first fault of the arguments too, which the call is then refused with.
type arena struct {
	blocks []unsafe.Pointer
	err    error
}

func (a *arena) free() {
	for _, block := range a.blocks {
		C.free(block)
	}
	a.blocks, a.err = a.blocks[:0], nil
}

func (a *arena) text(name, text string, nullable bool) *C.char {
	if nullable && text == "" {
		return nil
	}
	if strings.IndexByte(text, 0) >= 0 {
		a.refuse("%s: holds a zero byte, which C's texts cannot: %q", name, text)
		return nil
	}
	made := C.CString(text)
	a.blocks = append(a.blocks, unsafe.Pointer(made))
	return made
}

func (a *arena) same(name string, count int, other string, expected int, nullable bool) {
	if count != expected && !(nullable && count == 0) {
		a.refuse("%s: has %d elements, expected %d, as many as %s", name, count, expected, other)
	}
}

func (a *arena) refuse(format string, values ...any) {
	if a.err == nil {
		a.err = &Error{Code: ErrInvalidArgument, Message: fmt.Sprintf(format, values...)}
	}
}

// allocate is an array of zeros in C's memory, of a type without Go's pointers.
func allocate[T any](a *arena, count int) []T {
	if count == 0 {
		return nil
	}
	var one T
	block := C.calloc(C.size_t(count), C.size_t(unsafe.Sizeof(one)))
	if block == nil {
		panic("raddle: no memory") // as Go itself ends where it has none
	}
	a.blocks = append(a.blocks, block)
	return unsafe.Slice((*T)(block), count)
}

func copyIn[T any](a *arena, values []T, nullable bool) unsafe.Pointer {
	if len(values) == 0 {
		return first(values, nullable)
	}
	made := allocate[T](a, len(values))
	copy(made, values)
	return unsafe.Pointer(&made[0])
}

// upcall is a Go function for C to call. C has the address of a cell of C's memory that holds its
// handle, so no pointer of Go's is ever in C.
type upcall struct {
	function any
	arena    arena // what the function gave C, until it is called again
	panicked any
	handle   cgo.Handle
	cell     unsafe.Pointer
}

func newUpcall(function any) *upcall {
	c := &upcall{function: function, cell: C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0))))}
	c.handle = cgo.NewHandle(c)
	*(*cgo.Handle)(c.cell) = c.handle
	return c
}

func (c *upcall) data() unsafe.Pointer {
	if c == nil {
		return nil
	}
	return c.cell
}

func (c *upcall) release() {
	c.handle.Delete()
	c.arena.free()
	C.free(c.cell)
}

func upcallOf(data unsafe.Pointer) *upcall {
	return (*(*cgo.Handle)(data)).Value().(*upcall)
}

// guard keeps a panic from running through C's frames; outcome lets it go on above them.
func (c *upcall) guard() {
	if value := recover(); value != nil && c.panicked == nil {
		c.panicked = value
	}
}

// outcome is the error of a call that had the callback, after what the callback itself met.
func (c *upcall) outcome(err error) error {
	if c == nil {
		return err
	}
	if c.panicked != nil {
		panic(c.panicked)
	}
	if c.arena.err != nil {
		return c.arena.err
	}
	return err
}
