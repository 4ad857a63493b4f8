# SPDX-License-Identifier: Apache-2.0
"""Training steps of a GPT-2 in PyTorch, written as somebody would who wants them fast on a CPU:
fused attention, tied embedding, no copies, the fastest AdamW there is. Prints one JSON object.

It does what Raddle's step does: forward, loss, backward, clipping to a global norm of 1, AdamW with
decay on the matrices only, all in float32. It also runs on Debian's PyTorch 1.13, which has no
fused attention and no fused AdamW.
"""
import argparse
import json
import math
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.project = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def attention(self, x):
        batch, length, width = x.shape
        q, k, v = (t.view(batch, length, self.heads, -1).transpose(1, 2)
                   for t in self.qkv(x).split(width, dim=2))
        if hasattr(F, 'scaled_dot_product_attention'):
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = (q @ k.transpose(-2, -1)) / math.sqrt(q.shape[-1])
            hidden = torch.ones(length, length, dtype=torch.bool).triu(1)
            y = scores.masked_fill_(hidden, -math.inf).softmax(-1) @ v
        return self.project(y.transpose(1, 2).reshape(batch, length, width))

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate='tanh'))


class Gpt2(nn.Module):
    def __init__(self, layers, width, heads, context, vocab):
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocab, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens, targets):
        x = self.tokens(tokens) + self.positions.weight[:tokens.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


def make_optimizer(model, kind):
    matrices = [p for p in model.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if p.dim() != 2]
    chosen = {'fused': {'fused': True}, 'foreach': {'foreach': True}, 'loop': {'foreach': False}}
    return torch.optim.AdamW([{'params': matrices, 'weight_decay': 0.1},
                              {'params': others, 'weight_decay': 0.0}],
                             lr=6e-4, betas=(0.9, 0.95), **chosen[kind])


def parse_arguments():
    parser = argparse.ArgumentParser()
    for name, default in (('layers', 12), ('width', 768), ('heads', 12), ('context', 1024),
                          ('vocab', 50257), ('batch', 4), ('seq', 64), ('threads', 2),
                          ('warmup', 2), ('steps', 8)):
        parser.add_argument(f'--{name}', type=int, default=default)
    parser.add_argument('--optimizer', choices=('fused', 'foreach', 'loop'), default='fused')
    parser.add_argument('--compile', action='store_true')
    return parser.parse_args()


def main():
    a = parse_arguments()
    torch.set_num_threads(a.threads)
    torch.manual_seed(1)
    model = Gpt2(a.layers, a.width, a.heads, a.context, a.vocab)
    parameters = list(model.parameters())
    optimizer = make_optimizer(model, a.optimizer)
    forward = torch.compile(model) if a.compile else model
    batches = torch.randint(a.vocab, (a.warmup + a.steps, a.batch, a.seq + 1))
    milliseconds, losses, first_step_at = [], [], None
    for batch in batches:
        begin = time.perf_counter()
        loss = forward(batch[:, :-1].contiguous(), batch[:, 1:].contiguous())
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        milliseconds.append(1e3 * (time.perf_counter() - begin))
        if first_step_at is None:
            first_step_at = time.clock_gettime(time.CLOCK_MONOTONIC)
    timed = milliseconds[a.warmup:]
    print(json.dumps({
        'step_ms_median': statistics.median(timed), 'step_ms_min': min(timed),
        'tokens_per_second': 1e3 * a.batch * a.seq / statistics.median(timed),
        'peak_rss_bytes': 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        'parameters': sum(p.numel() for p in parameters), 'first_step_at': first_step_at,
        'first_loss': losses[0], 'last_loss': losses[-1], 'torch': torch.__version__}))


if __name__ == '__main__':
    main()
