# SPDX-License-Identifier: Apache-2.0
"""Small random models as Hugging Face directories that Raddle did not write: plain ones saved by
transformers, and ones with virtual width, whose extra tensors all differ from their initial values
(at those several coefficients have no effect, and hide mistakes)."""
import json
import pathlib
from dataclasses import dataclass

import safetensors.torch
import torch
import transformers

VOCAB, CONTEXT, WIDTH, LAYERS = 263, 64, 48, 2


@dataclass(frozen=True)
class Case:
    family: str
    m: int = 0
    n: int = 0
    dynamic: bool = True
    embedding: str = "expand"  # or "copy", or "table": a wide table instead of a base table
    reduce: str = "learned"    # or "mean"

    @property
    def table(self):
        return self.embedding == "table"

    @property
    def name(self):
        wide = f" virtual width ({self.m},{self.n})" if self.m else ""
        return self.family + wide + (" wide table" if self.table else "") + (
            " copies" if self.embedding == "copy" else "") + (
            " mean" if self.reduce == "mean" else "") + ("" if self.dynamic else " static")


PLAIN = [Case("gpt2"), Case("llama"), Case("qwen3")]
WIDE = [Case("gpt2", 4, 8), Case("llama", 4, 8), Case("qwen3", 4, 16), Case("llama", 2, 3),
        Case("llama", 8, 64), Case("gpt2", 4, 8, dynamic=False, embedding="table"),
        Case("gpt2", 4, 8, embedding="copy", reduce="mean"),
        Case("qwen3", 2, 3, embedding="copy", reduce="mean"),
        Case("llama", 4, 16, embedding="expand", reduce="mean")]


def plain_config(case):
    common = {"vocab_size": VOCAB, "bos_token_id": 1, "eos_token_id": 2,
              "tie_word_embeddings": case.family != "llama" and not case.table}
    if case.family == "gpt2":
        return transformers.GPT2Config(n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=4,
                                       resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, **common)
    rotary = {"hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": 4,
              "num_key_value_heads": 2, "intermediate_size": 80,
              "max_position_embeddings": CONTEXT, **common}
    if case.family == "llama":
        return transformers.LlamaConfig(**rotary)
    return transformers.Qwen3Config(head_dim=16, **rotary)


def noisy(generator, start, scale):
    return start + scale * torch.randn(start.shape, generator=generator)


def widen(case, directory, generator):
    """Turns a plain directory into one with virtual width."""
    config_path, tensors_path = directory / "config.json", directory / "model.safetensors"
    config = json.loads(config_path.read_text())
    tensors = safetensors.torch.load_file(tensors_path)
    m, n, d, q = case.m, case.n, WIDTH // case.m, 2 * case.m + case.n
    config["model_type"] = "raddle_vw_" + case.family
    config["architectures"] = ["RaddleVirtualWidth" + config["architectures"][0]]
    norm = "none" if n % m else "layer" if case.family == "gpt2" else "rms"
    config["virtual_width"] = {"m": m, "n": n, "dynamic": case.dynamic, "group_norm": norm,
                               "embedding": case.embedding}
    if case.reduce != "learned":  # files of before there was a choice do not say it
        config["virtual_width"]["reduce"] = case.reduce
    slots = torch.arange(n * d)
    columns = torch.arange(WIDTH)
    same = (slots[:, None] % WIDTH == columns).float()
    if case.table:
        for name in ("transformer.wte.weight", "transformer.wpe.weight"):
            tensors[name] = noisy(generator, tensors[name][:, slots % WIDTH], 0.02)
    elif case.embedding == "expand":
        tensors["raddle.virtual_width.expand.weight"] = noisy(generator, same, 0.05)
    average = (same / same.sum(0)).T.contiguous()
    if case.reduce == "learned":
        tensors["raddle.virtual_width.reduce.weight"] = noisy(generator, average, 0.05)
    c0 = torch.zeros(n, q)
    c0[:, :m] = torch.eye(n)[:, :m]
    c0[:, m:m + n] = torch.eye(n)
    c0[:, m + n:] = (torch.arange(n)[:, None] % m == torch.arange(m)).float()
    for layer in range(LAYERS):
        for kind in ("attn_site", "mlp_site"):
            site = f"raddle.layers.{layer}.{kind}."
            tensors[site + "c0"] = noisy(generator, c0, 0.5 / n)
            if case.dynamic:
                tensors[site + "s"] = noisy(generator, torch.full((n, q), 0.3), 0.3) / n**0.5
                tensors[site + "w"] = noisy(generator, torch.zeros(d, q), 0.8)
                tensors[site + "norm.weight"] = noisy(generator, torch.ones(d), 0.2)
    config_path.write_text(json.dumps(config))
    safetensors.torch.save_file(tensors, tensors_path, metadata={"format": "pt"})


def make(case, directory, seed=1):
    directory = pathlib.Path(directory)
    generator = torch.Generator().manual_seed(seed)
    model = transformers.AutoModelForCausalLM.from_config(plain_config(case))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            start = torch.ones_like(parameter) if parameter.dim() == 1 and "bias" not in name \
                else torch.zeros_like(parameter)
            parameter.copy_(noisy(generator, start, 0.12))
    model.save_pretrained(directory)
    if case.m:
        widen(case, directory, generator)
    return directory


def sequences(seed, lengths):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randint(0, VOCAB, (length,), generator=generator).tolist() for length in lengths]
