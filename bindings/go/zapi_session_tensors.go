// SPDX-License-Identifier: Apache-2.0

// Code generated from include/interface/abi/session_tensors.toml. DO NOT EDIT.

package raddle

// TensorCount: How many tensors of state there are: every parameter NAME, and in a session that
// trains also gradient/NAME, m/NAME and v/NAME of what optimizer.group does not freeze.
func (s *Session) TensorCount() (result int64, err error) {
	err = call(s.held(), func(object *cSession) (err error) {
		result = rawSessionTensorCount(object)
		return nil
	})
	return
}
