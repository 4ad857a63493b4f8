# SPDX-License-Identifier: Apache-2.0
"""Writes the raw layer of Rust: the crate raddle-sys (emit_rust_sys.py), and of the crate raddle
what follows from the description alone: plain values (emit_rust_values.py), checked calls
(emit_rust_calls.py) and methods that need no more (emit_rust_methods.py)."""
import emit_rust_calls
import emit_rust_methods
import emit_rust_sys
import emit_rust_values
from rust_words import head


FOLDER = emit_rust_calls.FOLDER


def outputs(interface):
    made = {**emit_rust_values.outputs(interface), **emit_rust_calls.outputs(interface),
            **emit_rust_methods.outputs(interface)}
    lines = head('What follows from the description of the ABI alone.')
    for name in sorted(path.removeprefix(f'{FOLDER}/').removesuffix('.rs') for path in made):
        lines += ['#[rustfmt::skip]', f'{"pub(crate) " if "calls" in name else ""}mod {name};']
    values = sorted(path.removeprefix(f'{FOLDER}/').removesuffix('.rs')
                    for path in emit_rust_values.outputs(interface))
    lines += ['', *[f'pub use {name}::*;' for name in values], '']
    made[f'{FOLDER}/mod.rs'] = '\n'.join(lines)
    return {**emit_rust_sys.outputs(interface), **made}
