#!/usr/bin/env python3
"""tiny_goldens.py make OUT | check DIR: golden cases of whole models, small enough for tests/data/golden.

`make` writes models with random weights and what timm and transformers compute from them; `check` computes a
folder of cases again from its weights, to see that this oracle and the one that made them agree.

Made with PyTorch 1.13, timm 0.9.16 and transformers 4.44.2. No build or test needs this script.
"""
import json
import sys
from pathlib import Path

import timm
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from transformers import (CLIPConfig, CLIPModel, CLIPTokenizer, CLIPVisionConfig, LlamaConfig, LlamaForCausalLM, LlavaConfig, LlavaForConditionalGeneration,
                          SiglipVisionConfig, SiglipVisionModel)
from transformers.models.clip.tokenization_clip import bytes_to_unicode

TIMM_WHAT = ("timm VisionTransformer; features = after the final norm, class token first; "
             "big = position embeddings resized bicubically, half-pixel, no antialias")


def randomize(model, seed):
    """Weights of a size that makes every part of the model matter; norms near one."""
    generator = torch.Generator().manual_seed(seed)
    for name, p in model.named_parameters():
        if p.ndim == 0:  # CLIP's scale, which its maker sets
            continue
        noise = torch.randn(p.shape, generator=generator)
        is_scale = p.ndim == 1 and ("norm" in name or "gamma" in name) and name.endswith(("weight", "gamma"))
        p.data = 1 + 0.1 * noise if is_scale else noise * (0.2 if p.ndim == 1 else 1.2 * p[0].numel() ** -0.5)
    return model.eval()


def same(a, b):
    return "max |d| %.1e of %.3g" % ((a.double() - b.double()).abs().max(), b.double().abs().max())


# ---------------------------------------------------------------- timm

def timm_model(shape):
    return timm.models.VisionTransformer(num_classes=0, global_pool="", **shape)


def timm_resized(model, grid):
    """The same model for another input size; the class token's position stays."""
    table = model.pos_embed.data
    side = round((table.shape[1] - 1) ** 0.5)
    cells = table[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
    cells = F.interpolate(cells, (grid, grid), mode="bicubic", align_corners=False, antialias=False)
    return torch.cat([table[:, :1], cells.flatten(2).transpose(1, 2)], 1)


def timm_features(model, x, blocks=None):
    h = model.patch_embed(x).flatten(1, -2)
    position = timm_resized(model, round(h.shape[1] ** 0.5))
    h = torch.cat([model.cls_token.expand(len(h), -1, -1), h], 1) + position
    for block in model.blocks[:blocks]:
        h = block(h)
    return h if blocks else model.norm(h)


def timm_expected(model, inputs):
    return {"block_-2": timm_features(model, inputs["x"], -1), "features": timm_features(model, inputs["x"]),
            "features_big": timm_features(model, inputs["x_big"])}


def timm_load(folder):
    weights, about = load_file(folder / "model.safetensors"), json.loads((folder / "case.json").read_text())
    tokens, width = weights["pos_embed"].shape[1:]
    shape = {"img_size": about["patch"] * round((tokens - 1) ** 0.5), "patch_size": about["patch"],
             "embed_dim": width, "depth": sum(k.endswith("norm1.weight") for k in weights),
             "num_heads": about["heads"], "dynamic_img_size": True,
             "init_values": 1.0 if "blocks.0.ls1.gamma" in weights else None}
    model = timm_model(shape)
    model.load_state_dict(weights)
    return model.eval()


def timm_make(out, seed, layer_scale):
    shape = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 3, "num_heads": 3, "dynamic_img_size": True,
             "init_values": 1.0 if layer_scale else None}
    model = randomize(timm_model(shape), seed)
    inputs = {"x": torch.rand(1, 3, 32, 32) * 2 - 1, "x_big": torch.rand(1, 3, 48, 48) * 2 - 1}
    save(out, {"heads": 3, "patch": 8, "what": TIMM_WHAT}, model.state_dict(), None, inputs, timm_expected(model, inputs))


# ---------------------------------------------------------------- SigLIP

def siglip_expected(model, inputs):
    out = model(inputs["pixel_values"], output_hidden_states=True)
    return {"hidden_-2": out.hidden_states[-2], "last_hidden_state": out.last_hidden_state}


def siglip_model(config):
    return SiglipVisionModel(SiglipVisionConfig(**{k: v for k, v in config.items() if k != "dtype"}))


def siglip_load(folder):
    model = siglip_model(json.loads((folder / "config.json").read_text()))
    model.load_state_dict({"vision_model." + k: v for k, v in load_file(folder / "model.safetensors").items()})
    return model.eval()


def siglip_make(out, seed):
    config = {"model_type": "siglip_vision_model", "hidden_size": 24, "intermediate_size": 48, "num_hidden_layers": 3,
              "num_attention_heads": 3, "image_size": 32, "patch_size": 8, "num_channels": 3,
              "hidden_act": "gelu_pytorch_tanh", "layer_norm_eps": 1e-6}
    model = randomize(siglip_model(config), seed)
    inputs = {"pixel_values": torch.rand(1, 3, 32, 32) * 2 - 1}
    weights = {k.removeprefix("vision_model."): v for k, v in model.state_dict().items()}
    save(out, {"what": "SigLIP vision tower, hidden states before and after post_layernorm"}, weights, config, inputs,
         siglip_expected(model, inputs))


# ---------------------------------------------------------------- LLaMA

def llama_model(config):
    """transformers 5 writes rope_parameters where 4 has rope_theta and rope_scaling."""
    config = {k: v for k, v in config.items() if k != "dtype"}
    rope = dict(config.pop("rope_parameters"))
    config["rope_theta"] = rope.pop("rope_theta")
    config["rope_scaling"] = rope if rope["rope_type"] != "default" else None
    return LlamaForCausalLM(LlamaConfig(attn_implementation="eager", **config))


def llama_expected(model, inputs, rows=4, prompt=100, steps=20):
    ids = inputs["ids"][None]
    logits = model(ids).logits[0, -rows:]
    greedy = ids[:, :prompt]
    for _ in range(steps):
        greedy = torch.cat([greedy, model(greedy).logits[:, -1:].argmax(-1)], 1)
    return {"logits": logits, f"greedy_from_{prompt}": greedy[0, prompt:]}


def llama_load(folder):
    model = llama_model(json.loads((folder / "config.json").read_text()))
    weights = load_file(folder / "model.safetensors")
    weights.setdefault("lm_head.weight", weights["model.embed_tokens.weight"])
    model.load_state_dict(weights)
    return model.eval()


def llama_make(out, seed, heads, groups, tied, rope):
    config = {"model_type": "llama", "hidden_size": 48, "intermediate_size": 72, "num_hidden_layers": 2,
              "num_attention_heads": heads, "num_key_value_heads": groups, "head_dim": 48 // heads,
              "hidden_act": "silu", "max_position_embeddings": 512, "rms_norm_eps": 1e-5, "rope_parameters": rope,
              "tie_word_embeddings": tied, "vocab_size": 120, "bos_token_id": 1, "eos_token_id": 2,
              "attention_bias": False, "mlp_bias": False}
    model = randomize(llama_model(config), seed)
    model.tie_weights()
    weights = {k: v for k, v in model.state_dict().items() if not (tied and k == "lm_head.weight")}
    inputs = {"ids": torch.randint(3, 120, (150,))}
    save(out, {"what": "decoder alone"}, weights, config, inputs, llama_expected(model, inputs))


# ---------------------------------------------------------------- LLaVA

def llava_model(config):
    """The rotary frequencies of a model are float32 whatever its weights are, and a cast of the whole model would
    round them too: so only weights are rounded to bfloat16 here."""
    text = LlamaConfig(attn_implementation="eager", **config["text_config"])
    vision = CLIPVisionConfig(attn_implementation="eager", **config["vision_config"])
    rest = {k: v for k, v in config.items() if k not in ("text_config", "vision_config", "model_type")}
    return LlavaForConditionalGeneration(LlavaConfig(vision_config=vision, text_config=text, **rest))


def llava_expected(model, inputs, rows=4, steps=12):
    ids, token = inputs["input_ids"], model.config.image_token_index
    hidden = model.vision_tower(inputs["pixel_values"], output_hidden_states=True).hidden_states[-2]
    projected = model.multi_modal_projector(hidden[:, 1:])
    x = model.get_input_embeddings()(ids.clamp(max=token - 1))
    x[ids == token] = projected[0]
    greedy = []
    logits = first = model.language_model(inputs_embeds=x[None]).logits[0]
    for _ in range(steps):
        greedy.append(logits[-1].argmax())
        x = torch.cat([x, model.get_input_embeddings()(greedy[-1])[None]])
        logits = model.language_model(inputs_embeds=x[None]).logits[0]
    return {"vision.hidden_-2": hidden, "projected": projected, "logits": first[-rows:], "greedy_ids": torch.stack(greedy)}


def llava_load(folder):
    model = llava_model(json.loads((folder / "config.json").read_text()))
    index = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    weights = {k: v for shard in set(index.values()) for k, v in load_file(folder / shard).items()}
    model.load_state_dict({k: v.float() for k, v in weights.items()})
    return model.eval()


def llava_make(out, seed):
    """Settings at their defaults are left out, as old configurations do: hidden_act, layer_norm_eps, rope_theta, head_dim."""
    config = {"model_type": "llava", "image_token_index": 119, "vision_feature_layer": -2, "projector_hidden_act": "gelu",
              "vision_feature_select_strategy": "default",
              "vision_config": {"model_type": "clip_vision_model", "hidden_size": 24, "intermediate_size": 48,
                                "num_hidden_layers": 3, "num_attention_heads": 3, "image_size": 32, "patch_size": 8},
              "text_config": {"model_type": "llama", "hidden_size": 48, "intermediate_size": 72, "num_hidden_layers": 2,
                              "num_attention_heads": 6, "num_key_value_heads": 3, "max_position_embeddings": 128,
                              "rms_norm_eps": 1e-5, "vocab_size": 128}}
    model = randomize(llava_model(config), seed)
    for p in model.parameters():
        p.data = p.data.bfloat16().float()
    ids = torch.cat([torch.tensor([1, 5, 9]), torch.full((16,), 119), torch.randint(3, 119, (9,))])
    inputs = {"pixel_values": torch.rand(1, 3, 32, 32) * 2 - 1, "input_ids": ids}
    weights = {k: v.bfloat16() for k, v in model.state_dict().items() if "position_ids" not in k}
    save(out, {"what": "LLaVA-1.5 layout of transformers 4, sharded bf16"}, weights, config, inputs,
         llava_expected(model, inputs), shards=2)


# ---------------------------------------------------------------- CLIP

def clip_vocabulary(folder):
    """All bytes, alone and at the end of a word, a few merges, start and end."""
    folder.mkdir(parents=True, exist_ok=True)
    letters = list(bytes_to_unicode().values())
    merges = ["t h", "th e</w>", "a n", "d o", "do g</w>", "c a", "ca t</w>", "i n", "in g</w>"]
    tokens = letters + [c + "</w>" for c in letters] + [m.replace(" ", "") for m in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False) + "\n")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n")
    return CLIPTokenizer(folder / "vocab.json", folder / "merges.txt")


def clip_expected(model, inputs, ids):
    texts = torch.cat([model.get_text_features(torch.tensor([i])) for i in ids])
    images = model.get_image_features(inputs["pixel_values"])
    images, texts = F.normalize(images, dim=-1), F.normalize(texts, dim=-1)
    return {"image_embeds": images, "text_embeds": texts, "logits_per_image": model.logit_scale.exp() * images @ texts.T}


def clip_load(folder):
    model = CLIPModel(CLIPConfig(**json.loads((folder / "config.json").read_text())))
    model.load_state_dict(load_file(folder / "model.safetensors"))
    return model.eval()


def clip_make(out, seed):
    tokenizer = clip_vocabulary(out)
    tower = {"num_hidden_layers": 2, "num_attention_heads": 3, "hidden_size": 24, "intermediate_size": 48}
    config = {"model_type": "clip", "projection_dim": 20,
              "vision_config": {**tower, "model_type": "clip_vision_model", "image_size": 32, "patch_size": 16},
              "text_config": {**tower, "model_type": "clip_text_model", "num_hidden_layers": 3, "vocab_size": len(tokenizer),
                              "max_position_embeddings": 40, "bos_token_id": len(tokenizer) - 2,
                              "eos_token_id": len(tokenizer) - 1}}
    model = randomize(CLIPModel(CLIPConfig(**config)), seed)
    model.logit_scale.data.fill_(2.5)
    texts = ["the dog", "A cat, running!", "na\u00efve caf\u00e9"]
    ids = [tokenizer(t).input_ids for t in texts]
    inputs = {"pixel_values": torch.rand(1, 3, 32, 32) * 2 - 1}
    weights = {k: v for k, v in model.state_dict().items() if "position_ids" not in k}
    save(out, {"what": "CLIP's two towers", "texts": texts, "ids": ids}, weights, config, inputs,
         clip_expected(model, inputs, ids))


# ---------------------------------------------------------------- files

def save(folder, about, weights, config, inputs, expected, shards=1):
    folder.mkdir(parents=True, exist_ok=True)
    if config:
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    (folder / "case.json").write_text(json.dumps(about, indent=1) + "\n")
    weights = {k: v.contiguous().clone() for k, v in weights.items()}
    if shards == 1:
        save_file(weights, folder / "model.safetensors")
    else:
        index = {k: f"model-{i * shards // len(weights) + 1:05d}-of-{shards:05d}.safetensors" for i, k in enumerate(weights)}
        for shard in set(index.values()):
            save_file({k: v for k, v in weights.items() if index[k] == shard}, folder / shard)
        (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": index}) + "\n")
    save_file({k: v.contiguous() for k, v in {**inputs, **expected}.items()}, folder / "expected.safetensors")


def kind_of(folder):
    if not (folder / "config.json").exists():
        is_timm = (folder / "model.safetensors").exists() and "heads" in json.loads((folder / "case.json").read_text())
        return (timm_load, timm_expected) if is_timm else None
    model_type = json.loads((folder / "config.json").read_text()).get("model_type", "")
    return {"siglip_vision_model": (siglip_load, siglip_expected), "llama": (llama_load, llama_expected),
            "llava": (llava_load, llava_expected),
            "clip": (clip_load, lambda model, stored: clip_expected(model, stored, json.loads(
                (folder / "case.json").read_text())["ids"]))}.get(model_type)


def check(folder):
    for case in sorted(p.parent for p in folder.glob("*/case.json")):
        kind = kind_of(case)
        if kind:
            load, compute = kind
            stored = load_file(case / "expected.safetensors")
            for name, value in compute(load(case), stored).items():
                print(f"{case.name:14s} {name:18s} {same(value, stored[name])}")


def make(out):
    torch.manual_seed(7)
    timm_make(out / "timm_vit", 1, False)
    timm_make(out / "timm_layer_scale", 2, True)
    siglip_make(out / "siglip", 3)
    llama_make(out / "llama_tied", 4, 6, 2, True, {"rope_type": "default", "rope_theta": 100000.0})
    llama_make(out / "llama_scaled_rope", 5, 4, 4, False,
               {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0,
                "high_freq_factor": 4.0, "original_max_position_embeddings": 64})
    llava_make(out / "llava", 6)
    clip_make(out / "clip", 7)


with torch.no_grad():
    {"make": make, "check": check}[sys.argv[1]](Path(sys.argv[2]))
