# SPDX-License-Identifier: Apache-2.0
"""The two judges behind one interface: transformers' own classes for the public architectures, the
float64 reference for virtual width, which no library has."""
import json
import pathlib

import torch
import torch.nn.functional as F
import transformers

from reference import Reference


class TransformersJudge:
    def __init__(self, directory):
        self.model, loading = transformers.AutoModelForCausalLM.from_pretrained(
            directory, dtype=torch.float64, output_loading_info=True)
        for problem in ("missing_keys", "unexpected_keys", "mismatched_keys"):
            if loading[problem]:
                raise AssertionError(f"{directory}: {problem}: {loading[problem]}")

    def logits(self, tokens):
        return self.model(input_ids=torch.tensor([tokens])).logits[0]

    def parameter_groups(self, weight_decay):
        parameters = list(self.model.parameters())
        return [{"params": [p for p in parameters if p.dim() == 2], "weight_decay": weight_decay},
                {"params": [p for p in parameters if p.dim() != 2], "weight_decay": 0.0}]


class ReferenceJudge:
    def __init__(self, reference):
        self.reference = reference

    def logits(self, tokens):
        return self.reference.logits(torch.tensor(tokens))

    def parameter_groups(self, weight_decay):
        return self.reference.parameter_groups(weight_decay)

    def check_all_used(self):
        unused = sorted(set(self.reference.t) - self.reference.used)
        if unused:
            raise AssertionError(f"tensors that no equation uses: {unused}")


def judge_for(directory):
    config = json.loads((pathlib.Path(directory) / "config.json").read_text())
    if config["model_type"].startswith("raddle_vw_"):
        return ReferenceJudge(Reference.from_directory(directory))
    return TransformersJudge(directory)


def next_token_loss(judge, micro_batches):
    """Mean over all predicted tokens of all sequences: not a mean of means."""
    total, count = 0.0, 0
    for sequences in micro_batches:
        for tokens in sequences:
            if len(tokens) < 2:
                continue
            logits = judge.logits(tokens)
            total = total + F.cross_entropy(logits[:-1], torch.tensor(tokens[1:]), reduction="sum")
            count += len(tokens) - 1
    return total / count


def mtp_losses(reference, micro_batches, weight):
    """The next-token loss, and what is trained on: the multi-token prediction loss added, which has
    the same divisor."""
    main, extra, count = 0.0, 0.0, 0
    for sequences in micro_batches:
        for tokens in sequences:
            ids = torch.tensor(tokens)
            state = reference.state(ids)
            main = main + F.cross_entropy(reference.head(state)[:-1], ids[1:], reduction="sum")
            count += len(tokens) - 1
            if len(tokens) > 2:
                later = reference.mtp_logits(state[:-2], ids[1:-1])
                extra = extra + F.cross_entropy(later, ids[2:], reduction="sum")
    return main / count, (main + weight * extra) / count


class Trainer:
    """AdamW with global-norm clipping, as PyTorch defines both."""

    def __init__(self, groups, rate, betas, eps, max_norm):
        self.optimizer = torch.optim.AdamW(groups, lr=rate, betas=betas, eps=eps)
        self.parameters = [p for group in groups for p in group["params"]]
        self.max_norm = max_norm

    def step(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.max_norm)
        self.optimizer.step()
        return norm.item()
