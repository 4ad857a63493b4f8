// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/tensors.toml. DO NOT EDIT.

package raddle

import "strconv"

// TensorCount: How many tensors of state there are: every parameter NAME, and in a session that
// trains also gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze. A state
// that holds its parameters in BF16 too, for computing, has compute/NAME of each.
func (s *Session) TensorCount() (result int64, err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		result = rawSessionTensorCount(object)
		return nil
	})
	return
}

// TensorRole: What a tensor of state is to its parameter.
type TensorRole int32

const (
	RoleParameter TensorRole = 0
	RoleGradient  TensorRole = 1
	// AdamW's m
	RoleMOMENT1 TensorRole = 2
	// AdamW's v
	RoleMOMENT2 TensorRole = 3
	// the parameter in BF16, which follows it
	RoleCompute TensorRole = 4
)

// String is the name that messages and the configuration have for it.
func (v TensorRole) String() string {
	switch v {
	case RoleParameter:
		return "parameter"
	case RoleGradient:
		return "gradient"
	case RoleMOMENT1:
		return "moment1"
	case RoleMOMENT2:
		return "moment2"
	case RoleCompute:
		return "compute"
	}
	return "TensorRole(" + strconv.Itoa(int(v)) + ")"
}

// TensorInfo: A tensor of state, wherever it lies.
type TensorInfo struct {
	// "gradient/lm_head.weight"
	Name string
	// "lm_head.weight"
	Parameter string
	Role      TensorRole
	DType     DType
	Rank      int32
	// true: the parameter has a gradient and moments; false: it is frozen, or the session does
	// not train
	Trained bool
	// the first Rank, of the whole tensor
	Dims [4]int64
	// of the whole tensor's elements, in row-major order, those from this one on are here
	ElementBegin int64
	// and end before this one: all of them, unless several ranks share the state
	ElementEnd int64
	// true: in memory that Session.Tensor gives; false: in that of a device which
	// the host cannot follow pointers to
	OnHost bool
	// true: in memory that another process may own too and that outlives the session
	Foreign bool
}

// TensorInfo describes tensor `index`, in the order of Session.TensorName.
//
//   - ErrOutOfRange: there is no such tensor
func (s *Session) TensorInfo(index int64) (info TensorInfo, err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		info, err = rawSessionGetTensorInfo(object, index)
		return
	})
	return
}

// DlReadOnly: DLPACK_FLAG_BITMASK_READ_ONLY.
const DlReadOnly = 1
