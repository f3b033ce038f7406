#!/usr/bin/env python3
"""train_golden.py OUT-FOLDER: loss, gradients and three AdamW steps of a small RegionGPT, by PyTorch in float64.

Writes model.safetensors (parameters under our names, in our layout) and expected.safetensors (inputs, loss,
grad.NAME, after.NAME), which tests/grad/small_model.c and its tests read; the shapes below and the configuration
there must agree. Needs torch >= 1.12, numpy and safetensors: apt-get install python3-torch, pip install safetensors.

Everything is computed in float64, so what the tests allow is for our float32 rounding alone.
"""
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save_file

torch.set_default_dtype(torch.float64)
rng = np.random.default_rng(4)

SIDE, PATCH, CELLS = 12, 4, 3          # pixels, pixels, cells a side
C, V_HEADS, V_BLOCKS, V_MLP = 12, 2, 2, 20
D, HEADS, KV_HEADS, HEAD, BLOCKS, MLP, VOCAB, RANK = 16, 4, 2, 4, 2, 24, 40, 2
GRID, REGIONS = 3, 2                   # the connector merges 3 x 3 cells to 2 x 2
V_EPS, REFINE_EPS, CONNECT_EPS, D_EPS, THETA = 1e-6, 1e-6, 1e-5, 1e-5, 10000.0
TOKENS, IMAGE, REGION = 0, 1, 2        # rg_pick.source

params = {}


def matrix(name, *shape, scale=None):
    fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 1
    values = rng.standard_normal(shape) * (scale or fan_in**-0.5)
    params[name] = torch.tensor(values.astype(np.float32).astype(np.float64), requires_grad=True)


def vector(name, size, mean=0.0):
    values = mean + 0.2 * rng.standard_normal(size)
    params[name] = torch.tensor(values.astype(np.float32).astype(np.float64), requires_grad=True)


def dense(name, n, k):
    matrix(name + ".weight", n, k)
    vector(name + ".bias", n)


def make_parameters():
    matrix("vision.patch.weight", C, 3, PATCH, PATCH)
    vector("vision.patch.bias", C)
    vector("vision.class_token", C)
    matrix("vision.position", CELLS * CELLS + 1, C, scale=0.3)
    for name in ["vision.norm", *(f"vision.blk.{i}.norm{j}" for i in range(V_BLOCKS) for j in (1, 2))]:
        vector(name + ".weight", C, 1)
        vector(name + ".bias", C)
    for i in range(V_BLOCKS):
        for part in "qkv":
            dense(f"vision.blk.{i}.attn_{part}", C, C)
        dense(f"vision.blk.{i}.attn_out", C, C)
        dense(f"vision.blk.{i}.fc1", V_MLP, C)
        dense(f"vision.blk.{i}.fc2", C, V_MLP)
        vector(f"vision.blk.{i}.scale1", C, 0.7)
        vector(f"vision.blk.{i}.scale2", C, 0.7)
    for i in (1, 2):
        matrix(f"refine.deconv{i}.weight", 2, 2, C, C, scale=C**-0.5)
        vector(f"refine.deconv{i}.bias", C)
    vector("refine.norm.weight", C, 1)
    vector("refine.norm.bias", C)
    dense("connector.fc1", D, 4 * C)
    dense("connector.fc2", D, D)
    vector("connector.norm.weight", 4 * C, 1)
    vector("connector.norm.bias", 4 * C)
    dense("connector.region", D, C)
    matrix("decoder.token_embd.weight", VOCAB, D, scale=0.5)
    vector("decoder.output_norm.weight", D, 1)
    for i in range(BLOCKS):
        b = f"decoder.blk.{i}."
        vector(b + "attn_norm.weight", D, 1)
        vector(b + "ffn_norm.weight", D, 1)
        for part, n, k in [("attn_q", HEADS * HEAD, D), ("attn_k", KV_HEADS * HEAD, D), ("attn_v", KV_HEADS * HEAD, D),
                           ("attn_output", D, HEADS * HEAD), ("ffn_gate", MLP, D), ("ffn_up", MLP, D),
                           ("ffn_down", D, MLP)]:
            matrix(f"{b}{part}.weight", n, k)
            matrix(f"{b}{part}.lora_a", RANK, k)
            matrix(f"{b}{part}.lora_b", n, RANK, scale=0.3)


def apply(name, x):
    y = F.linear(x, params[name + ".weight"], params.get(name + ".bias"))
    if name + ".lora_a" in params:
        y = y + F.linear(F.linear(x, params[name + ".lora_a"]), params[name + ".lora_b"])
    return y


def layer_norm(name, x, eps):
    return F.layer_norm(x, x.shape[-1:], params[name + ".weight"], params[name + ".bias"], eps)


def rms_norm(name, x):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + D_EPS) * params[name + ".weight"]


def attention(q, k, v, heads, kv_heads, causal):
    T = q.shape[0]
    q, k, v = (x.view(T, n, -1).transpose(0, 1) for x, n in ((q, heads), (k, kv_heads), (v, kv_heads)))
    k, v = (x.repeat_interleave(heads // kv_heads, 0) for x in (k, v))
    scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[-1])
    if causal:
        scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), float("-inf"))
    return (scores.softmax(-1) @ v).transpose(0, 1).reshape(T, -1)


def vision(pixels):
    x = F.conv2d(pixels[None], params["vision.patch.weight"], params["vision.patch.bias"], stride=PATCH)
    x = torch.cat([params["vision.class_token"][None], x[0].flatten(1).T]) + params["vision.position"]
    for i in range(V_BLOCKS):
        b = f"vision.blk.{i}."
        h = layer_norm(b + "norm1", x, V_EPS)
        h = attention(*(apply(b + "attn_" + part, h) for part in "qkv"), V_HEADS, V_HEADS, False)
        x = x + params[b + "scale1"] * apply(b + "attn_out", h)
        h = F.gelu(apply(b + "fc1", layer_norm(b + "norm2", x, V_EPS)), approximate="tanh")
        x = x + params[b + "scale2"] * apply(b + "fc2", h)
    return layer_norm("vision.norm", x, V_EPS)[1:]


def deconv(i, x):
    """[n*n, C] -> [2n*2n, C]; our weight is [row, column, output, input], PyTorch's [input, output, row, column]."""
    n = math.isqrt(x.shape[0])
    weight = params[f"refine.deconv{i}.weight"].permute(3, 2, 0, 1)
    y = F.conv_transpose2d(x.T.reshape(1, C, n, n), weight, params[f"refine.deconv{i}.bias"], stride=2)
    return y[0].flatten(1).T


def refine(z):
    return F.gelu(deconv(2, F.gelu(layer_norm("refine.norm", deconv(1, z), REFINE_EPS))))


def connect_image(z_hres):
    n = math.isqrt(z_hres.shape[0])
    z = F.adaptive_avg_pool2d(z_hres.T.reshape(1, C, n, n), GRID)[0]   # [C, 3, 3]
    z = F.pad(z, (0, 1, 0, 1))                                        # to even sides
    z = z.view(C, 2, 2, 2, 2).permute(1, 3, 2, 4, 0).reshape(4, 4 * C)  # cells, then (row, column, C) in each
    return apply("connector.fc2", F.gelu(apply("connector.fc1", layer_norm("connector.norm", z, CONNECT_EPS))))


def rope(x, heads):
    T = x.shape[0]
    angle = torch.arange(T, dtype=torch.float32)[:, None] * torch.tensor(
        [THETA ** -(i / (HEAD // 2)) for i in range(HEAD // 2)], dtype=torch.float32)
    cosine, sine = angle.double().cos()[:, None], angle.double().sin()[:, None]
    even, odd = x.view(T, heads, HEAD)[..., 0::2], x.view(T, heads, HEAD)[..., 1::2]
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1).reshape(T, -1)


def decoder(x):
    for i in range(BLOCKS):
        b = f"decoder.blk.{i}."
        h = rms_norm(b + "attn_norm", x)
        q, k = rope(apply(b + "attn_q", h), HEADS), rope(apply(b + "attn_k", h), KV_HEADS)
        x = x + apply(b + "attn_output", attention(q, k, apply(b + "attn_v", h), HEADS, KV_HEADS, True))
        h = rms_norm(b + "ffn_norm", x)
        x = x + apply(b + "ffn_down", F.silu(apply(b + "ffn_gate", h)) * apply(b + "ffn_up", h))
    return F.linear(rms_norm("decoder.output_norm", x), params["decoder.token_embd.weight"])


def loss_of(batch):
    z_hres = refine(vision(batch["pixels"]))
    mask = batch["mask"]
    z_r = mask @ z_hres / (mask.sum(1, keepdim=True) + 1e-8)
    sources = [params["decoder.token_embd.weight"], connect_image(z_hres), apply("connector.region", z_r)]
    x = torch.stack([sources[s][r] for s, r in zip(batch["source"], batch["row"])])
    return F.cross_entropy(decoder(x), batch["target"].long(), ignore_index=-100)


def make_batch():
    picks = [(TOKENS, 1), (TOKENS, 7)] + [(IMAGE, i) for i in range(4)]
    picks += [(TOKENS, t) for t in (12, 30)] + [(REGION, 0), (TOKENS, 5), (REGION, 1), (TOKENS, 9), (REGION, 0)]
    answer = [3, 21, 39, 21, 0, 2]
    picks += [(TOKENS, t) for t in answer[:-1]]
    target = [-100] * (len(picks) - len(answer)) + answer
    mask = rng.uniform(0, 1, (REGIONS, 144)) * (rng.uniform(0, 1, (REGIONS, 144)) < 0.4)
    return {"pixels": torch.tensor(rng.standard_normal((3, SIDE, SIDE)).astype(np.float32).astype(np.float64)),
            "mask": torch.tensor(mask.astype(np.float32).astype(np.float64)),
            "source": torch.tensor([s for s, _ in picks], dtype=torch.int32),
            "row": torch.tensor([r for _, r in picks], dtype=torch.int32),
            "target": torch.tensor(target, dtype=torch.int32)}


def floats(tensor):
    return np.ascontiguousarray(tensor.detach().numpy().astype(np.float32))


def main():
    out = sys.argv[1]
    make_parameters()
    batch = make_batch()
    save_file({name: floats(p) for name, p in params.items()}, f"{out}/model.safetensors")
    expected = {name: floats(batch[name]) for name in ("pixels", "mask")}
    expected.update({name: batch[name].numpy() for name in ("source", "row", "target")})

    # eps is far above the gradients' rounding: with 1e-8 a gradient that is zero but for rounding (that of an
    # attention's key bias) would move its parameter by a whole learning rate, either way.
    groups = [{"params": [p for n, p in params.items() if n.startswith("decoder.")], "lr": 2e-3, "weight_decay": 0.0},
              {"params": [p for n, p in params.items() if not n.startswith("decoder.")], "lr": 1e-2, "weight_decay": 0.1}]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.95), eps=1e-3)
    losses, norms = [], []
    for _ in range(3):
        optimiser.zero_grad()
        loss = loss_of(batch)
        loss.backward()
        if not losses:
            expected.update({"grad." + name: floats(p.grad) for name, p in params.items()})
        norms.append(torch.nn.utils.clip_grad_norm_(list(params.values()), 1.0).item())
        losses.append(loss.item())
        optimiser.step()
    expected.update({"after." + name: floats(p) for name, p in params.items()})
    expected["losses"], expected["norms"] = np.float32(losses), np.float32(norms)
    save_file(expected, f"{out}/expected.safetensors")
    print(f"{sum(p.numel() for p in params.values())} parameters, losses {losses}, gradient norms {norms}")


main()
