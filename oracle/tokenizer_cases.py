#!/usr/bin/env python3
"""Writes golden tokenizer cases: small vocabularies, and what independent tokenizers make of many texts.

    python3 oracle/tokenizer_cases.py SmolLM2-135M-Instruct.Q4_1.gguf CLIP/merges.txt tests/data/golden [texts a case]

Byte-level cases (tokenizer_gpt2, _smollm, _llama3, _qwen2) take the first merges of SmolLM2's vocabulary
(Apache-2.0), each with another pre-tokenizer, and tokenizer_clip those of CLIP's (MIT); their ids come from
Hugging Face tokenizers, set up as transformers 5.23 does. tokenizer_spm is a BPE model with byte fallback
that sentencepiece trains here, on this project's licence, and encodes with.

Wants the PyPI packages gguf, tokenizers 0.23, sentencepiece 0.2.
"""
import json
import random
import sys
import unicodedata
from pathlib import Path

import gguf
import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

ROOT = Path(__file__).resolve().parents[1]
MERGES = 1000
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|im_end|>x"]  # the last: the longest match wins
UNMERGED = ["Ġunmerged", "qzx"]  # tokens that no merge makes: only whole words can be them

TAIL = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|"


def split_by(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"),
                                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
BYTE_LEVEL = {  # folder: (name in a GGUF file, pre-tokenizer, whole words first)
    "gpt2": ("gpt-2", GPT2, False),
    "smollm": ("smollm", pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), GPT2]), False),
    "llama3": ("llama-bpe", split_by(CONTRACTIONS + TAIL % "{1,3}"), True),
    "qwen2": ("qwen2", split_by(CONTRACTIONS + TAIL % ""), False),
}

PIECES = ("the quick brown fox 's 't 'RE 'll 'D I'm we've don't DON'T 'ſ a A e é e\u0301 naïve café ß Ω жук שלום "
          "مرحبا नमस्ते ไทย 日本語 中文 한국어 😀 👨‍👩‍👧 🇫🇷 1 12 123 1234 3.14 ½ ² Ⅷ ٣ ৪ — … « » “ ” ' '' . , ! ? "
          "... -- // <region1> <image> <|im_start|> <|im_end|> <|im_end|>x <s> </s> unmerged qzx def return x**2 "
          "www.example.com user_name C++ ÀÉÎ ΣΑΣ ЖУК Ⱥ K <|endoftext|> \u2581 \u200b \ufeff \x01 \x7f").split() + [
              " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n", "\n ", "\u00a0", "\u2009", "\u3000", "\u0085",
              "\u2028", "\x1c", " ", " ", " "]


def texts(count, seed):
    """Short texts that dwell on the places where rules meet."""
    draw = random.Random(seed)
    yield from ["", " ", "\n", "a", "  ", "\t ", "x" * 300, " " * 65, "\n" * 17, "1" * 40, "ab" * 100, "'" * 9]
    for _ in range(count):
        pieces = [draw.choice(PIECES) if draw.random() < 0.8 else chr(draw.choice(
            [draw.randrange(0x20, 0x7F), draw.randrange(0xA0, 0x600), draw.randrange(0x900, 0xE00),
             draw.randrange(0x4E00, 0x9000), draw.randrange(0x1F300, 0x1F650), draw.randrange(0x2000, 0x2300)]))
                  for _ in range(draw.randrange(1, 16))]
        yield "".join(pieces)


def write_case(folder, what, cases):
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps({"text": text, "ids": ids}, separators=(",", ":")) for text, ids in cases]
    (folder / "case.json").write_text(json.dumps({"what": what})[:-1] + ', "cases": [\n' + ",\n".join(rows) + "\n]}\n")


def small_vocabulary(path):
    fields = gguf.GGUFReader(path).fields
    merges = fields["tokenizer.ggml.merges"].contents()[:MERGES]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())  # all 256, of which SmolLM2 lacks a few
    tokens = SPECIALS + alphabet + [merge.replace(" ", "") for merge in merges] + UNMERGED
    return tokens, merges


def write_gguf(path, name, tokens, merges):
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(name)
    writer.add_token_list(tokens)
    control, normal = gguf.TokenType.CONTROL, gguf.TokenType.NORMAL
    writer.add_token_types([control if token in SPECIALS else normal for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{{ '<|im_start|>' + role }} is only ever looked at <|im_end|>")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def byte_level_case(out, folder, tokens, merges, count):
    name, pre_tokenizer, whole_words = BYTE_LEVEL[folder]
    model = models.BPE({token: i for i, token in enumerate(tokens)}, [tuple(merge.split(" ")) for merge in merges],
                       ignore_merges=whole_words)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIALS])
    cases = [(text, tokenizer.encode(text, add_special_tokens=False).ids) for text in texts(count, name)]
    target = out / f"tokenizer_{folder}"
    write_case(target, f"byte-level BPE, pre-tokenizer {name}, special tokens recognised", cases)
    write_gguf(target / "vocab.gguf", name, tokens, merges)


def clip_case(out, merges_path, count):
    merges = [line for line in Path(merges_path).read_text().split("\n")[1:MERGES + 1]]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = alphabet + [letter + "</w>" for letter in alphabet] + [merge.replace(" ", "") for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    vocabulary = {token: i for i, token in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [tuple(merge.split(" ")) for merge in merges],
                                     unk_token="<|endoftext|>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "),
                                                 normalizers.Lowercase()])
    words = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(words), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False) for token in tokens[-2:]])
    composed = (unicodedata.normalize("NFC", text) for text in texts(count, "clip"))  # ours takes text as composed
    target = out / "tokenizer_clip"
    write_case(target, "CLIP's byte-level BPE, special tokens recognised",
               [(text, tokenizer.encode(text, add_special_tokens=False).ids) for text in composed])
    (target / "vocab.json").write_text(json.dumps(vocabulary, separators=(",", ":")))
    (target / "merges.txt").write_text("\n".join(["#version: 0.2", *merges, ""]))


def spm_case(out, count):
    target = out / "tokenizer_spm"
    target.mkdir(parents=True, exist_ok=True)
    corpus = (ROOT / "LICENSE").read_text().split("\n") + [" ".join(PIECES[:90])] * 8
    with open(target / "tokenizer.model", "wb") as model_file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(corpus), model_writer=model_file, model_type="bpe", vocab_size=900,
            byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
            split_digits=True, allow_whitespace_only_pieces=True, character_coverage=0.999, num_threads=1,
            minloglevel=2)
    model = sentencepiece.SentencePieceProcessor(model_file=str(target / "tokenizer.model"))
    cases = [(text, model.encode(text)) for text in texts(count, "spm") if "\0" not in text]
    write_case(target, "sentencepiece BPE with byte fallback; specials not parsed", cases)


def main():
    source, clip_merges, out = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 250
    tokens, merges = small_vocabulary(source)
    for folder in BYTE_LEVEL:
        byte_level_case(out, folder, tokens, merges, count)
    clip_case(out, clip_merges, count)
    spm_case(out, count)


main()
