# SPDX-License-Identifier: Apache-2.0
"""The model families in float64 PyTorch, from an exported directory and the equations alone:
GPT-2, Llama and Qwen3, plain and with virtual width (arXiv 2511.11238, equations 2 to 10). It
shares nothing with Raddle but the names of the files' tensors, norms the state before the matmul
where Raddle norms after it, and applies the carry as written where Raddle applies
H + (Acarry - I)^T H."""
import json
import math
import pathlib
import re

import safetensors.torch
import torch
import torch.nn.functional as F


class Reference:
    """A model from config.json's object and the tensors by their names in the file."""

    @classmethod
    def from_directory(cls, directory):
        directory = pathlib.Path(directory)
        return cls(json.loads((directory / "config.json").read_text()),
                   safetensors.torch.load_file(directory / "model.safetensors"))

    def __init__(self, config, tensors):
        self.t = {name: tensor.double().requires_grad_() for name, tensor in tensors.items()}
        self.used = set()
        self.config = c = config
        self.gpt2 = c["model_type"].endswith("gpt2")
        self.qwen3 = c["model_type"].endswith("qwen3")
        self.vw = c.get("virtual_width")
        self.layers = c["n_layer"] if self.gpt2 else c["num_hidden_layers"]
        self.heads = c["n_head"] if self.gpt2 else c["num_attention_heads"]
        self.kv_heads = self.heads if self.gpt2 else c["num_key_value_heads"]
        self.width = c["n_embd"] if self.gpt2 else c["hidden_size"]
        self.head_dim = c.get("head_dim") or self.width // self.heads
        self.eps = c["layer_norm_epsilon"] if self.gpt2 else c["rms_norm_eps"]
        self.embedding = "transformer.wte.weight" if self.gpt2 else "model.embed_tokens.weight"

    def get(self, name):
        self.used.add(name)
        return self.t[name]

    # ---- parts ----

    def bare_norm(self, x, kind):
        if kind == "layer":
            x = x - x.mean(-1, keepdim=True)
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps)

    def norm(self, x, name):
        if self.gpt2:
            x = self.bare_norm(x, "layer")
            return x * self.get(name + ".weight") + self.get(name + ".bias")
        return self.bare_norm(x, "rms") * self.get(name + ".weight")

    def linear(self, x, name):
        if self.gpt2:  # Conv1D: (in, out)
            return x @ self.get(name + ".weight") + self.get(name + ".bias")
        return x @ self.get(name + ".weight").T

    def rotate(self, x):  # (T, heads, head_dim)
        half = self.head_dim // 2
        theta = self.config["rope_parameters"]["rope_theta"]
        frequency = theta ** (-torch.arange(half, dtype=torch.float64) * 2 / self.head_dim)
        angle = torch.arange(x.shape[0], dtype=torch.float64)[:, None] * frequency
        cos, sin = angle.cos()[:, None, :], angle.sin()[:, None, :]
        a, b = x[..., :half], x[..., half:]
        return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

    def attend(self, q, k, v):
        tokens = q.shape[0]
        k = k.repeat_interleave(self.heads // self.kv_heads, 1)
        v = v.repeat_interleave(self.heads // self.kv_heads, 1)
        scores = torch.einsum("qhd,khd->hqk", q, k) / math.sqrt(self.head_dim)
        future = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)
        scores = scores.masked_fill(future, -math.inf)
        return torch.einsum("hqk,khd->qhd", scores.softmax(-1), v).reshape(tokens, -1)

    def attention(self, x, name):
        tokens = x.shape[0]
        if self.gpt2:
            qkv = self.linear(x, name + ".c_attn").reshape(tokens, 3, self.heads, self.head_dim)
            return self.linear(self.attend(*qkv.unbind(1)), name + ".c_proj")
        q = self.linear(x, name + ".q_proj").reshape(tokens, self.heads, self.head_dim)
        k = self.linear(x, name + ".k_proj").reshape(tokens, self.kv_heads, self.head_dim)
        v = self.linear(x, name + ".v_proj").reshape(tokens, self.kv_heads, self.head_dim)
        if self.qwen3:
            q = self.bare_norm(q, "rms") * self.get(name + ".q_norm.weight")
            k = self.bare_norm(k, "rms") * self.get(name + ".k_norm.weight")
        return self.linear(self.attend(self.rotate(q), self.rotate(k), v), name + ".o_proj")

    def feed_forward(self, x, name):
        if self.gpt2:
            hidden = F.gelu(self.linear(x, name + ".c_fc"), approximate="tanh")
            return self.linear(hidden, name + ".c_proj")
        gate = F.silu(self.linear(x, name + ".gate_proj"))
        return self.linear(gate * self.linear(x, name + ".up_proj"), name + ".down_proj")

    # ---- virtual width ----

    def coefficients(self, h, site):
        """h (T, n, d) to Aread (T, n, m), Acarry (T, n, n), B (T, m, n)."""
        m, n = self.vw["m"], self.vw["n"]
        c = self.get(site + ".c0").expand(h.shape[0], n, 2 * m + n)
        if self.vw["dynamic"]:
            normed = self.bare_norm(h, "rms") * self.get(site + ".norm.weight")
            tau = math.sqrt(h.shape[-1])
            c = self.get(site + ".s") * torch.tanh(normed @ self.get(site + ".w") / tau) + c
        return c[..., :m], c[..., m:m + n], c[..., m + n:].transpose(-1, -2)

    def sublayer(self, h, site, function):
        if self.vw is None:
            return h + function(h)
        tokens, m = h.shape[0], self.vw["m"]
        read, carry, write = self.coefficients(h, site)
        x = torch.einsum("tkd,tki->tid", h, read).reshape(tokens, self.width)
        z = function(x).reshape(tokens, m, self.width // m)
        return (torch.einsum("tid,tij->tjd", z, write) + torch.einsum("tkd,tkj->tjd", h, carry))

    def block(self, h, hf, own):
        names = ("ln_1", "attn", "ln_2") if self.gpt2 else (
            "input_layernorm", "self_attn", "post_attention_layernorm")
        first, attention, second = (f"{hf}.{name}" for name in names)
        h = self.sublayer(h, own + ".attn_site",
                          lambda x: self.attention(self.norm(x, first), attention))
        return self.sublayer(h, own + ".mlp_site",
                             lambda x: self.feed_forward(self.norm(x, second), hf + ".mlp"))

    def widen(self, x):
        if self.vw is None:
            return x
        if self.vw["embedding"] == "expand":
            x = x @ self.get("raddle.virtual_width.expand.weight").T
        elif self.vw["embedding"] == "copy":
            x = x[:, torch.arange(self.width // self.vw["m"] * self.vw["n"]) % self.width]
        return x.reshape(x.shape[0], self.vw["n"], -1)

    def embed(self, tokens, positions):
        x = self.get(self.embedding)[tokens]
        if self.gpt2 and positions:
            x = x + self.get("transformer.wpe.weight")[:len(tokens)]
        return self.widen(x)

    def head(self, h):
        if self.vw is not None:
            tokens = h.shape[0]
            if self.vw["group_norm"] != "none":
                h = self.bare_norm(h.reshape(tokens, -1, self.width), self.vw["group_norm"])
            h = h.reshape(tokens, -1)
            if self.vw.get("reduce", "learned") == "learned":
                h = h @ self.get("raddle.virtual_width.reduce.weight").T
            else:
                copies = [h[:, i::self.width] for i in range(self.width)]
                h = torch.stack([c.mean(-1) for c in copies], -1)
        h = self.norm(h, "transformer.ln_f" if self.gpt2 else "model.norm")
        tied = self.config["tie_word_embeddings"]
        return h @ self.get(self.embedding if tied else "lm_head.weight").T

    # ---- whole model, one sequence of tokens ----

    def state(self, tokens):
        h = self.embed(tokens, positions=True)
        for i in range(self.layers):
            hf = f"transformer.h.{i}" if self.gpt2 else f"model.layers.{i}"
            h = self.block(h, hf, f"raddle.layers.{i}")
        return h

    def logits(self, tokens):
        return self.head(self.state(tokens))

    def mtp_logits(self, state, next_tokens):
        """Logits of the token after the next, from the state and the next tokens."""
        tokens = len(next_tokens)
        embedded = self.embed(next_tokens, positions=False).reshape(tokens, -1)
        e = self.norm(embedded, "mtp.embedding_norm").reshape(tokens, -1, state.shape[-1])
        h = self.norm(state.reshape(tokens, -1), "mtp.hidden_norm").reshape(e.shape)
        x = torch.cat([e, h], -1) @ self.get("mtp.combine.weight").T
        x = x if self.vw is not None else x.reshape(tokens, -1)
        return self.head(self.block(x, "mtp.layer", "mtp.layer"))

    def parameter_groups(self, weight_decay, without=()):
        """AdamW's groups: norms, biases, static coefficients and their scales do not decay."""
        decay, keep = [], []
        for name in sorted(self.used.difference(without)):
            tensor = self.t[name]
            static = name.endswith((".c0", ".s"))
            (decay if tensor.dim() == 2 and not static else keep).append(tensor)
        return [{"params": decay, "weight_decay": weight_decay},
                {"params": keep, "weight_decay": 0.0}]


def hf_named(parameters, heads, kv_heads):
    """A rotary family's parameters under Raddle's own names, renamed and split as in an HF file.
    The layer of multi-token prediction keeps its prefix mtp.layer."""
    whole = {"embedding.weight": "model.embed_tokens.weight",
             "final_norm.weight": "model.norm.weight"}
    parts = {"attn_norm.weight": "input_layernorm.weight",
             "mlp_norm.weight": "post_attention_layernorm.weight",
             "attn.out.weight": "self_attn.o_proj.weight",
             "attn.q_norm.weight": "self_attn.q_norm.weight",
             "attn.k_norm.weight": "self_attn.k_norm.weight",
             "mlp.down.weight": "mlp.down_proj.weight"}
    out = {}
    for name, array in parameters.items():
        tensor = torch.tensor(array)
        layer = re.match(r"(layers\.\d+|mtp\.layer)\.(.*)", name)
        if layer is None:
            wide = name.startswith("virtual_width.")
            out["raddle." + name if wide else whole.get(name, name)] = tensor
            continue
        own, part = layer.groups()
        hf = own if own == "mtp.layer" else "model." + own
        if part == "attn.qkv.weight":
            head_dim = tensor.shape[0] // (heads + 2 * kv_heads)
            sizes = [heads * head_dim, kv_heads * head_dim, kv_heads * head_dim]
            for key, piece in zip("qkv", tensor.split(sizes)):
                out[f"{hf}.self_attn.{key}_proj.weight"] = piece
        elif part == "mlp.gate_up.weight":
            out[hf + ".mlp.gate_proj.weight"], out[hf + ".mlp.up_proj.weight"] = tensor.chunk(2)
        elif "_site." in part:
            out[name if own == "mtp.layer" else "raddle." + name] = tensor
        else:
            out[f"{hf}.{parts[part]}"] = tensor
    return out
