// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"
)

// TensorNames lists the tensors of the state: every parameter NAME, and in a session that trains
// also gradient/NAME, m/NAME and v/NAME of what is not frozen.
func (s *Session) TensorNames() (names []string, err error) {
	err = call(s.held(), func(object *cSession) error {
		names = make([]string, rawSessionTensorCount(object))
		for i := range names {
			names[i] = rawSessionTensorName(object, int64(i))
		}
		return nil
	})
	return names, err
}

// Tensor is a tensor's memory itself. It outlives its session, until Close; no finalizer closes it.
type Tensor struct {
	Name   string
	Shape  []int64
	handle *handle[cDlVersioned]
	data   []float32
}

// Tensor gives a tensor of the state without a copy. What is written there counts from the next
// call on; it is not to be used while a call runs.
//
//   - ErrNotFound: no such tensor (the nearest is named)
//   - ErrFailedPrecondition: the tensor lies in the memory of a device that the host cannot follow
//     pointers to; use ReadTensor
func (s *Session) Tensor(name string) (tensor *Tensor, err error) {
	err = call(s.held(), func(object *cSession) error {
		view, err := rawSessionGetTensor(object, name)
		if err == nil && view.dtype != F32 {
			err = &Error{Code: ErrUnimplemented, Message: fmt.Sprintf(
				"tensor %q is of %s; only F32 has a view", name, view.dtype)}
		}
		if err != nil {
			return err
		}
		owner, err := rawSessionExportDlpack(object, name)
		if err != nil {
			return err
		}
		shape := view.dims[:view.rank]
		tensor = &Tensor{name, shape, newHandle("tensor", owner, nil, nil, deleteTensor),
			unsafe.Slice((*float32)(view.data), product(shape))}
		runtime.SetFinalizer(tensor.handle, nil)
		return nil
	})
	return tensor, err
}

// Data is the elements, row-major, until Close; nil after it.
func (t *Tensor) Data() []float32 {
	if _, err := t.handle.enter(); err != nil {
		return nil
	}
	defer t.handle.leave()
	return t.data
}

// Close gives the memory back, once the session is closed too. Closing twice is fine.
func (t *Tensor) Close() error { return t.handle.Close() }

// Input is one input of a caller's graph. Data is a slice of float32, float64, int32, int64, uint8,
// uint16 or uint32, row-major, and copied; a Shape of nil stands for one dimension.
type Input struct {
	Name  string
	Shape []int64
	Data  any
}

func product(sizes []int64) int64 {
	all := int64(1)
	for _, size := range sizes {
		all *= size
	}
	return all
}

func inputViews(a *arena, inputs []Input) []tensorView {
	views := make([]tensorView, len(inputs))
	for i, input := range inputs {
		bytes, count, dtype := elements(a, input.Name, input.Data)
		shape := input.Shape
		if shape == nil {
			shape = []int64{count}
		}
		v := &views[i]
		if copy(v.dims[:], shape) < len(shape) || product(shape) != count {
			a.refuse("%s: %d elements do not fill the shape %v of at most %d dimensions",
				input.Name, count, shape, RankMax)
		}
		v.name, v.dtype, v.rank, v.data = input.Name, dtype, int32(len(shape)), copyIn(a, bytes, false)
	}
	return views
}

var dtypes = map[reflect.Kind]DType{reflect.Float32: F32, reflect.Float64: F64, reflect.Int32: I32,
	reflect.Int64: I64, reflect.Uint8: U8, reflect.Uint16: U16, reflect.Uint32: U32}

// elements is the memory of a slice of numbers.
func elements(a *arena, name string, values any) (bytes []byte, count int64, dtype DType) {
	v, known := reflect.ValueOf(values), false
	if v.Kind() == reflect.Slice {
		dtype, known = dtypes[v.Type().Elem().Kind()]
	}
	if !known {
		a.refuse("%s: %T is no slice of numbers that a tensor holds", name, values)
		return nil, 0, 0
	}
	if v.Len() > 0 {
		bytes = unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*int(v.Type().Elem().Size()))
	}
	return bytes, int64(v.Len()), dtype
}

// ReadOutput copies an output of a caller's graph (Graph.AddOutput), as the last run left it, into
// a slice of numbers of exactly its size.
func (s *Session) ReadOutput(name string, values any) error {
	var a arena
	bytes, _, _ := elements(&a, name, values)
	if a.err != nil {
		return a.err
	}
	return call(s.held(), func(object *cSession) error {
		return rawSessionReadOutput(object, name, bytes)
	})
}
