// SPDX-License-Identifier: Apache-2.0

package layout

import (
	"reflect"
	"strings"
	"testing"
)

func TestStructsAreWhatTheDescriptionSays(t *testing.T) {
	if len(Described) < 100 || len(Structs) < 15 {
		t.Fatalf("%d rows of %d structs: the tables are not whole", len(Described), len(Structs))
	}
	fields := map[string]int{}
	for _, row := range Described {
		c, known := Structs[row.Struct]
		if !known {
			t.Errorf("%s: not in the header", row.Struct)
			continue
		}
		if row.Field == "" {
			if c.Size() != row.Size {
				t.Errorf("%s: %d bytes, described as %d", row.Struct, c.Size(), row.Size)
			}
			continue
		}
		fields[row.Struct]++
		field, known := c.FieldByName(row.Field)
		if !known {
			field, known = c.FieldByName("_" + row.Field) // a word of Go's, such as type
		}
		if !known || field.Offset != row.Offset || field.Type.Size() != row.Size {
			t.Errorf("%s.%s: %v, described as at %d with %d bytes", row.Struct, row.Field, field,
				row.Offset, row.Size)
		}
	}
	for name, c := range Structs {
		named := 0
		for i := 0; i < c.NumField(); i++ {
			if c.Field(i).Name != "_" { // padding
				named++
			}
		}
		if fields[name] != named {
			t.Errorf("%s: %d fields in the header, %d described", name, named, fields[name])
		}
	}
}

func TestValuesAreTheHeadersAndGos(t *testing.T) {
	for _, row := range Values {
		if row.C != row.Described {
			t.Errorf("%s: %d in the header, described as %d", row.Name, row.C, row.Described)
		}
		if row.Go != nil && reflect.ValueOf(row.Go).Int() != row.Described {
			t.Errorf("%s: %v in Go, described as %d", row.Name, row.Go, row.Described)
		}
		if row.Go != nil && !strings.HasSuffix(row.Name, strings.ToUpper(row.Go.String())) {
			t.Errorf("%s: is called %q", row.Name, row.Go)
		}
	}
}

func TestEachFunctionIsInTheLibrary(t *testing.T) {
	if len(Functions) < 100 {
		t.Fatalf("%d functions: the table is not whole", len(Functions))
	}
	for _, row := range Functions {
		if row.Address == nil {
			t.Errorf("%s: not in the library", row.Name)
		}
	}
}
