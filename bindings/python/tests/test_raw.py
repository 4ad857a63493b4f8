# SPDX-License-Identifier: Apache-2.0
"""The generated layer against the real header and the real library."""
import ctypes
import inspect
import os
import re
import shutil
import subprocess
from enum import IntEnum

from raddle import _raw, _raw_functions, _values
from raddle._library import lib

from support import BINDING, Case, without_sanitizer

STRUCTS = [kind for _, kind in inspect.getmembers(_raw, inspect.isclass)
           if issubclass(kind, ctypes.Structure) and getattr(kind, "_fields_", None)]


def probe():
    """A C program that prints what the header says of each struct and constant."""
    lines = []
    for struct in STRUCTS:
        name = struct.__name__
        lines.append(f'printf("{name} %zu\\n", sizeof({name}));')
        for field, *_ in struct._fields_:
            lines.append(f'printf("{name}.{field} %zu %zu\\n", offsetof({name}, {field}), '
                         f'sizeof((({name}*)0)->{field}));')
    for name in vars(_raw):
        if name.startswith(("RADDLE_", "kDL")):
            lines.append(f'printf("{name} %d\\n", (int){name});')
    body = "\n  ".join(lines)
    return ('#include <raddle/raddle.h>\n#include <stdio.h>\nint main(void) {\n  '
            f'{body}\n  return 0;\n}}\n')


class Fields(Case):
    def test_a_number_that_does_not_fit_is_refused_however_it_is_given(self):
        bits = {ctypes.c_int32: (-1 << 31, 1 << 31), ctypes.c_int64: (-1 << 63, 1 << 63),
                ctypes.c_size_t: (0, 1 << 64), ctypes.c_uint8: (0, 1 << 8),
                ctypes.c_uint16: (0, 1 << 16), ctypes.c_uint32: (0, 1 << 32)}
        tried = 0
        for struct in STRUCTS:
            made = struct()
            for name, kind in struct._fields_:
                if kind in bits:
                    tried += 1
                    least, end = bits[kind]
                    for value in (least, end - 1):
                        setattr(made, name, value)
                        self.assertEqual(getattr(made, name), value)
                    for value in (least - 1, end, 1 << 100):
                        with self.assertRaisesRegex(OverflowError, name):
                            setattr(made, name, value)
                    self.assertEqual(getattr(made, name), end - 1)
        self.assertGreater(tried, 100)
        with self.assertRaisesRegex(OverflowError, "max_tokens"):
            _raw.raddle_generate_options_t(max_tokens=1 << 63)

    def test_nor_in_an_array(self):
        view = _raw.raddle_tensor_view_t()
        view.dims = (2, 3)
        view.dims[1] = 4
        other = _raw.raddle_tensor_view_t(dims=(ctypes.c_int64 * 4)(5, 6))
        self.assertEqual(list(other.dims), [5, 6, 0, 0])
        for wrong in (lambda: view.dims.__setitem__(0, 1 << 63),
                      lambda: view.dims.__setitem__(slice(0, 2), [1, 1 << 64]),
                      lambda: setattr(view, "dims", (1, -1 << 64))):
            self.assertRaises(OverflowError, wrong)
        self.assertEqual(list(view.dims), [2, 4, 0, 0])


class Header(Case):
    def test_layout_is_that_of_the_header(self):
        compiler = shutil.which("cc") or shutil.which("gcc")
        self.need(compiler, "a C compiler")
        source, program = self.path("probe.c"), self.path("probe")
        with open(source, "w") as file:
            file.write(probe())
        include = os.path.join(os.environ["RADDLE_PREFIX"], "include")
        subprocess.run([compiler, "-I", include, source, "-o", program], check=True,
                       env=without_sanitizer())
        said = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True,
                              env=without_sanitizer()).stdout.splitlines()
        made = []
        for struct in STRUCTS:
            made.append(f"{struct.__name__} {ctypes.sizeof(struct)}")
            for name, *_ in struct._fields_:
                field = getattr(struct, name)
                made.append(f"{struct.__name__}.{name} {field.offset} {field.size}")
        made += [f"{name} {value}" for name, value in vars(_raw).items()
                 if name.startswith(("RADDLE_", "kDL"))]
        self.assertGreater(len(made), 150)
        self.assertEqual(said, made)

    def test_enum_values_are_those_of_the_header(self):
        text = ""
        folder = os.path.join(os.environ["RADDLE_PREFIX"], "include", "raddle")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".h"):
                with open(os.path.join(folder, name)) as file:
                    text += file.read()
        enums = [e for _, e in inspect.getmembers(_values, inspect.isclass)
                 if issubclass(e, IntEnum) and e is not IntEnum]
        self.assertEqual(len(enums), 11)
        for enum in enums:
            c_name = re.sub(r"(?<!^)(?=[A-Z])", "_", enum.__name__).lower()
            body = re.search(rf"raddle_{c_name}_t;\nenum \{{(.*?)\}};", text, re.S).group(1)
            values = re.findall(r"\bRADDLE_(\w+) = (\d+)", body)
            self.assertEqual(len(values), len(enum))
            for (name, value), member in zip(values, enum):
                self.assertTrue(name.endswith(member.name), (name, member))
                self.assertEqual(int(value), member.value)

    def test_defaults_are_those_of_the_init_functions(self):
        inits = [name for name in _raw_functions.FUNCTIONS if name.endswith("_init")]
        self.assertGreater(len(inits), 12)
        for name in inits:
            kind = getattr(_raw, name[:-len("init")] + "t")
            theirs = kind.from_buffer(bytearray(b"\x5a" * ctypes.sizeof(kind)))
            getattr(lib, name)(theirs, ctypes.sizeof(kind))
            self.assertEqual(bytes(theirs), bytes(kind()), name)

    def test_every_function_is_used(self):
        """What is not generated is written by hand, but for polling, which Python does not need,
        and two older ways to a tensor."""
        text = ""
        folder = os.path.join(BINDING, "raddle")
        for name in os.listdir(folder):
            if name.endswith(".py") and not name.startswith("_raw"):
                with open(os.path.join(folder, name)) as file:
                    text += file.read()
        unused = {name for name in _raw_functions.FUNCTIONS
                  if not re.search(rf"\blib\.{name}\b", text) and not name.endswith("_init")}
        self.assertEqual(unused, {
            "raddle_session_train_start", "raddle_session_generate_start", "raddle_operation_poll",
            "raddle_operation_join", "raddle_operation_destroy", "raddle_session_get_tensor",
            "raddle_session_export_tensor"})

    def test_arguments_of_the_wrong_type_are_refused(self):
        with self.assertRaises(ctypes.ArgumentError):
            lib.raddle_config_validate(ctypes.pointer(_raw.raddle_graph_t()))
        with self.assertRaises(ctypes.ArgumentError):
            lib.raddle_config_set(None, "text", b"bytes")
