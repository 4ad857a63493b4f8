#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""GPT-2's training step in PyTorch on a GPU, eager and compiled: BF16 autocast over FP32 weights,
fused AdamW, its fastest attention, and in FP32 without TF32, which is what Raddle's reference mode
is compared with. A JSON object a line. Raddle's own step is measured beside it by
bench/gpu/step.sh, in the same run of bench/gpu_check.sh."""
import argparse
import json
import statistics
import time

import torch
from torch import nn

from torch_step import Gpt2, make_optimizer

SHAPES = {
    'gpt2-124m': {'layers': 12, 'width': 768, 'heads': 12, 'context': 1024, 'vocab': 50257},
    'gpt2-350m': {'layers': 24, 'width': 1024, 'heads': 16, 'context': 1024, 'vocab': 50257},
}


def measure(shape, batch, seq, precision, compiled, steps):
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = False
    model = Gpt2(**SHAPES[shape]).cuda()
    optimizer = make_optimizer(model, 'fused')
    forward = torch.compile(model) if compiled else model
    parameters = list(model.parameters())
    vocab = SHAPES[shape]['vocab']
    tokens = torch.randint(vocab, (batch, seq + 1), device='cuda')
    milliseconds = []
    for i in range(3 + steps):
        torch.cuda.synchronize()
        begin = time.perf_counter()
        with torch.autocast('cuda', torch.bfloat16, enabled=precision == 'bf16'):
            loss = forward(tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous())
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        if i >= 3:
            milliseconds.append(1e3 * (time.perf_counter() - begin))
    median = statistics.median(milliseconds)
    print(json.dumps({'shape': shape, 'batch': batch, 'seq': seq, 'precision': precision,
                      'compiled': compiled, 'step_ms_median': median,
                      'tokens_per_second': 1e3 * batch * seq / median, 'loss': loss.item(),
                      'peak_bytes': torch.cuda.max_memory_allocated(),
                      'torch': torch.__version__}), flush=True)
    torch.cuda.reset_peak_memory_stats()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--batch', type=int, default=8)
    parser.add_argument('--seq', type=int, default=1024)
    parser.add_argument('--steps', type=int, default=10)
    a = parser.parse_args()
    for shape in ('gpt2-124m', 'gpt2-350m'):
        for precision, compiled in (('bf16', True), ('bf16', False), ('fp32', True)):
            if shape == 'gpt2-350m' and precision == 'fp32':
                continue
            measure(shape, a.batch, a.seq, precision, compiled, a.steps)


if __name__ == '__main__':
    main()
