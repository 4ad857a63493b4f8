# SPDX-License-Identifier: Apache-2.0
"""What bench/quality trains: settings (a model, its data, its budget) and arms (what is compared).

Every setting starts from cli/recipes/kjv-tiny-baseline.toml. An arm adds its options to it; a seed
gives all arms the same initial backbone and the same batches in the same order."""

SMALL = {'model.layers': 4, 'model.width': 64, 'model.heads': 4, 'model.ffn_width': 192,
         'data.vocab_size': 512, 'train.micro_batch_tokens': 1024, 'train.steps': 300,
         'train.eval_batches': 32}

# Name: (what it is, options over the recipe's).
SETTINGS = {
    'proxy': ('4 layers of width 64, BPE of 512, 300 steps of 1,024 tokens', SMALL),
    'recipe': ("the recipe's model: 4 layers of width 128, BPE of 2,048, 400 steps of 2,048 tokens",
               {'train.steps': 400}),
    'deep': ('the proxy with 8 layers', {**SMALL, 'model.layers': 8}),
    'bytes': ('the proxy on bytes, 600 steps', {**SMALL, 'data.tokenizer': 'bytes',
                                               'train.steps': 600}),
    'long': ('the proxy for five times as long, 1,500 steps', {**SMALL, 'train.steps': 1500}),
}


def virtual_width(m, n, **more):
    return {'model.virtual_width.m': m, 'model.virtual_width.n': n, **more}


LEARNED = {'model.virtual_width.embedding': 'expand', 'model.virtual_width.reduce': 'learned'}
EXPAND = {'model.virtual_width.embedding': 'expand'}
MTP = {'model.mtp.heads': 1}

ARMS = {
    'baseline': {},
    '4x4': virtual_width(4, 4),          # mixing without width: the control
    '4x8': virtual_width(4, 8),
    '4x16': virtual_width(4, 16),
    '8x32': virtual_width(8, 32),
    '1x4': virtual_width(1, 4),          # the shape of hyper-connections
    'baseline-mtp': MTP,                 # multi-token prediction
    '4x8-mtp': {**virtual_width(4, 8), **MTP},
    '4x8-expand': {**virtual_width(4, 8), **EXPAND},    # a learned W_expand
    '4x8-learned': {**virtual_width(4, 8), **LEARNED},  # W_expand and W_reduce learned
}

# Arm, what it is compared with, what the difference is.
COMPARISONS = [
    ('4x8', 'baseline', 'virtual width (4,8)'),
    ('4x4', 'baseline', 'mixing without width (4,4)'),
    ('4x16', 'baseline', 'virtual width (4,16)'),
    ('8x32', 'baseline', 'virtual width (8,32)'),
    ('1x4', 'baseline', 'hyper-connections (1,4)'),
    ('4x8', '4x4', 'width alone, r = 2'),
    ('4x16', '4x4', 'width alone, r = 4'),
    ('baseline-mtp', 'baseline', 'multi-token prediction on the baseline'),
    ('4x8-mtp', '4x8', 'multi-token prediction on (4,8)'),
    ('4x8-expand', '4x8', 'a learned W_expand instead of copies'),
    ('4x8-learned', '4x8', 'learned W_expand and W_reduce'),
    ('4x8-learned', 'baseline', 'virtual width (4,8), both matrices learned'),
]

# The arms at the same m that differ in width only, by log2 of n / m.
DOUBLINGS = [('4x4', 0), ('4x8', 1), ('4x16', 2)]

RATES = (3e-3, 6e-3, 9e-3)
CHOOSING_SEEDS = (1, 2)                    # the rate of each arm is chosen on these
FRESH_SEEDS = (21, 22, 23, 24, 25, 26)     # and its losses are reported on these
