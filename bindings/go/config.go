// SPDX-License-Identifier: Apache-2.0

package raddle

import (
	"encoding/json"
	"fmt"
)

// Set sets an option from the program, the highest rank. The value is a string as in a recipe, but
// without quotes ("2GiB", "a.txt,b.txt"), a number, a bool, or a []string for a list whose elements
// may hold commas. ErrInvalidArgument names the nearest key, or what the option accepts.
func (c *Config) Set(key string, value any) error {
	text := fmt.Sprint(value)
	if list, ok := value.([]string); ok {
		quoted, err := json.Marshal(list) // an array of TOML's too
		if err != nil {
			return err
		}
		text = string(quoted)
	}
	return call(c.held(), func(object *cConfig) error { return rawConfigSet(object, key, text) })
}

// AddOp adds an op of Ops, and returns its outputs. The name is that of the first output; "": a
// number is given. The attributes are "key=value,...". Trailing inputs that the op can do without
// may be left out, others be NoTensor.
func (g *Graph) AddOp(op, name, attributes string, inputs ...TensorID) ([]TensorID, error) {
	infos, err := Ops()
	if err != nil {
		return nil, err
	}
	outputs := make([]TensorID, 1) // C refuses an op that does not exist, and names the nearest
	for _, info := range infos {
		if info.Name == op {
			outputs = make([]TensorID, info.OutputCount)
		}
	}
	return outputs, call(g.held(), func(object *cGraph) error {
		return rawGraphAddOp(object, op, name, inputs, attributes, outputs)
	})
}
