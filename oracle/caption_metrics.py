#!/usr/bin/env python3
"""Writes a small case of caption metrics, scored by the reference programs.

    python3 oracle/caption_metrics.py CAPTIONS.json OUT

CAPTIONS.json is a list of {"candidate", "references"} or COCO's captions_*.json. OUT gets made-up captions full
of what tokenizers trip over, and N real ones; their tokens (CoreNLP 3.4.1), the stages of METEOR 1.5, and the
scores of whole sets, odd ones among them. METEOR runs on OUT/meteor_data, a small vocabulary of our own (its
own data are not ours to give away), and on OUT/paraphrase-small.gz.

Wants pycocoevalcap 1.2 (PyPI; it carries the two Java programs), numpy, a JDK.
"""
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge
import pycocoevalcap

HOME = Path(pycocoevalcap.__path__[0])
CORENLP = HOME / "tokenizer/stanford-corenlp-3.4.1.jar"
METEOR = HOME / "meteor/meteor-1.5.jar"
LEFT_OUT = {"''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"}
MODULES = {"exact": "exact", "exact_stem": "exact stem", "ess": "exact stem synonym",
           "essp_small": "exact stem synonym paraphrase"}

# A Java program that calls METEOR's own stages, a line in, a line out.
STAGES = """
import java.io.*; import java.util.*; import edu.cmu.meteor.aligner.*; import edu.cmu.meteor.util.*;
public class Stages {
    static String line(BufferedReader r) throws IOException { // ends at LF only
        StringBuilder b = new StringBuilder();
        int c;
        while ((c = r.read()) >= 0 && c != 10) b.append((char) c);
        return c < 0 && b.length() == 0 ? null : b.toString();
    }
    public static void main(String[] a) throws Exception {
        SynonymDictionary s = null;
        if (a.length > 1) s = new SynonymDictionary(new File(a[1], "english.exceptions").toURI().toURL(),
            new File(a[1], "english.synsets").toURI().toURL(), new File(a[1], "english.relations").toURI().toURL());
        BufferedReader r = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        PrintStream o = new PrintStream(new BufferedOutputStream(System.out), false, "UTF-8");
        edu.cmu.meteor.aligner.Stemmer stemmer = Constants.newStemmer("english");
        for (String l; (l = line(r)) != null;) {
            if (a[0].equals("norm")) o.print(Normalizer.normalizeLine(l, Constants.LANG_EN, true).toLowerCase());
            if (a[0].equals("stem")) o.print(stemmer.stem(l));
            if (a[0].equals("synsets")) {
                TreeSet<Integer> t = new TreeSet<Integer>(s.getSynSets(l));
                t.addAll(s.getStemSynSets(l));
                o.print(t.toString().replaceAll("[^0-9 ]", ""));
            }
            o.print("\\n");
        }
        o.flush();
    }
}
"""

FUNCTION_WORDS = ", . the a an of and in on to is with it 's that at by for ' \""
PREFIXES = "# Words that keep their period.\nMr\nMrs\nDr\nSt\nvs\nNo #NUMERIC_ONLY#\npp #NUMERIC_ONLY#\n"
PREFIXES += "".join(f"{letter}\n" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
SYNSETS = {"dog": [1, 2], "hound": [2, 3], "puppy": [3], "big": [5, 6], "large": [5], "huge": [6], "child": [7, 8],
           "kid": [8, 9], "goat": [9], "run": [10], "sprint": [10], "sit": [11], "rest": [11, 12], "city": [13],
           "town": [13], "photo": [14], "picture": [14], "man": [15], "guy": [15], "woman": [16], "lady": [16],
           "box": [17], "crate": [17], "bike": [18], "bicycle": [18], "small": [19], "little": [19, 20], "tiny": [20],
           "as": [21], "a": [22], "ride": [23], "drive": [23], "near": [24], "by": [24], "close": [24, 25]}
EXCEPTIONS = {"child": "children", "man": "men", "woman": "women", "run": "ran running", "sit": "sat sitting"}
PARAPHRASES = [("a", "the"), ("the", "a"), ("in front of", "before"), ("next to", "beside"), ("beside", "next to"),
               ("a group of", "some"), ("some", "a group of"), ("is sitting", "sits"), ("sitting on", "sits on"),
               ("on top of", "on"), ("man riding a", "rider of the"), ("a man", "the person"), ("person", "man"),
               ("with a", "having a"), ("standing", "stands"), ("a picture of", "showing"), ("large", "very big"),
               ("a large", "a very big"), ("two", "a couple of"), ("a couple of", "two"), ("of", "in"), ("in", "at")]
PIECES = """a A the The man dogs it's don't can't cannot gonna Mr. Inc. etc. No. U.S. A. J. p.m. Ph.D. St. Jan. fig. He
    In 1 2 10 60 1990 1,000 3.14 1/2 12/25/2020 $ % # & * + - -- --- = / | ^ ~ ` `` ' '' " ( ) [ ] { } < > . .. ...
    , ; : ? ! _ @ \u2019 \u2018 \u201c \u201d \u2026 \u2013 \u2014 \u00a0 \u00ad \u00e9 \u00c9 \u00bd \u00b2 \u20ac
    \u00a3 \u00b0 \u65e5\u672c \u0436 \U0001f600 's 'll n't 're n' 'em 'tis y' o' &amp; &lt; &quot; <b> </b> <br/>
    www.a.org http://b.com/c?d a@b.c @x #y t-shirt two-year-old x_y and/or C++ :) ;-) ^_^ -LRB- AT&T x.y 10:30
    5'10\" '90s +1 -5 e.g. i.e. vs. w/ o'clock O'Neil rock'n'roll""".split()


def java(*arguments, lines, cwd=None):
    text = "".join(line + "\n" for line in lines)
    done = subprocess.run(["java", *map(str, arguments)], input=text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, cwd=cwd, check=True)
    return done.stdout.decode().split("\n")


def ptb(captions):
    """The captions' tokens, as one document without a line break at its end."""
    text = "\n".join(caption.replace("\n", " ") for caption in captions)
    done = subprocess.run(["java", "-cp", CORENLP, "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines",
                           "-lowerCase"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().split("\n")[:len(captions)]


def drop(line):
    return " ".join(token for token in line.rstrip().split(" ") if token not in LEFT_OUT)


class Meteor:
    """METEOR 1.5 on our own data."""

    def __init__(self, out):
        self.out, self.scratch = out, Path(tempfile.mkdtemp())
        (self.scratch / "Stages.java").write_text(STAGES)
        subprocess.run(["javac", "-cp", METEOR, "-d", self.scratch, self.scratch / "Stages.java"], check=True)

    def stage(self, name, lines, *arguments):
        found = java("-cp", f"{METEOR}:{self.scratch}", "Stages", name, *arguments, lines=lines)
        return found[:len(lines)]

    def options(self, modules):
        data = self.out / "meteor_data"
        options = ["-jar", METEOR, "-", "-", "-stdio", "-l", "en", "-norm", "-m", MODULES[modules], "-s",
                   data / "function/english.words", "-d", data / "synonym"]
        return options + (["-a", self.out / "paraphrase-small.gz"] if "paraphrase" in MODULES[modules] else [])

    def stats(self, lines, modules):
        return [line.strip() for line in java(*self.options(modules), lines=lines, cwd=self.scratch)[:len(lines)]]

    def scores(self, lines, modules):
        stats = self.stats(lines, modules)
        found = java(*self.options(modules), lines=["EVAL ||| " + " ||| ".join(stats)], cwd=self.scratch)
        return [float(score) for score in found[:len(lines)]], float(found[len(lines)])


def write(path, value, packed=True):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if packed:
        text = gzip.compress(text, 9, mtime=0)
        path = path.with_name(path.name + ".gz")
    path.write_bytes(text)


def write_meteor_data(out):
    data = out / "meteor_data"
    for folder in ("function", "nonbreaking", "synonym"):
        (data / folder).mkdir(parents=True, exist_ok=True)
    (data / "function/english.words").write_text("\n".join(FUNCTION_WORDS.split()) + "\n")
    (data / "nonbreaking/english.prefixes").write_text(PREFIXES)
    sets = "".join(f"{word}\n{' '.join(f'{n:08d}' for n in numbers)}\n" for word, numbers in SYNSETS.items())
    (data / "synonym/english.synsets").write_text(sets)
    (data / "synonym/english.exceptions").write_text("".join(f"{a}\n{b}\n" for a, b in EXCEPTIONS.items()))
    (data / "synonym/english.relations").write_text("00000001\n00000002\n")  # METEOR opens it, and no more
    table = "".join(f"0.{50 + i}\n{a}\n{b}\n" for i, (a, b) in enumerate(PARAPHRASES))
    (out / "paraphrase-small.gz").write_bytes(gzip.compress(table.encode(), 9, mtime=0))


def invent(chance):
    """A line of pieces with and without spaces between them."""
    line = ""
    for _ in range(chance.randint(1, 8)):
        line += chance.choice(PIECES) + (" " if chance.random() < 0.5 else "")
    return line


def read_samples(path):
    """[(candidate, references)]: an image's first caption against its others."""
    root = json.loads(gzip.open(path).read() if path.endswith(".gz") else Path(path).read_text())
    if isinstance(root, list):
        return [(row["candidate"], row["references"]) for row in root]
    by_image = {}
    for row in root["annotations"]:
        by_image.setdefault(row["image_id"], []).append(row["caption"])
    return [(captions[0], captions[1:]) for captions in by_image.values()]


def write_tokens(out, samples, chance):
    odd = [c for s in samples for c in [s[0], *s[1]] if any(not ("a" <= x.lower() <= "z" or x in " .") for x in c)]
    for name, captions in (("ptb_invented", [invent(chance) for _ in range(1500)]), ("ptb_captions", odd[:1000])):
        raw = ptb(captions)
        write(out / f"{name}.json", {"input": captions, "ptb_raw": raw, "ptb_filtered": [drop(x) for x in raw]})


def write_stages(out, meteor, samples, chance):
    lines = [invent(chance) for _ in range(700)]
    write(out / "meteor_norm_invented.json", {"input": lines, "normalized_lower": meteor.stage("norm", lines)})
    words = sorted({w for s in samples for c in s[1] for w in c.lower().split() if w.isascii()})[:3000]
    write(out / "meteor_stem.json", {"word": words, "stem": meteor.stage("stem", words)})
    endings = ["", "s", "es", "ed", "ing", "er", "est", "ss"]
    words = sorted({w + e for w in SYNSETS for e in endings} | set(" ".join(EXCEPTIONS.values()).split()))
    sets = meteor.stage("synsets", words, out / "meteor_data/synonym")
    write(out / "meteor_synsets.json", {"word": words, "synsets": [[int(n) for n in x.split()] for x in sets]})
    lines = [f"SCORE ||| {drop(r)} ||| {drop(c)}" for c, r in
             zip(ptb([s[0] for s in samples[:400]]), ptb([s[1][0] for s in samples[:400]]))]
    stats = {name: meteor.stats(lines, name) for name in MODULES}
    write(out / "meteor_stats.json", {"score_lines": lines, **stats})


def score(meteor, samples):
    """(scores of the set, of each sample)"""
    candidates = [drop(x) for x in ptb([s[0] for s in samples])]
    flat = iter([drop(x) for x in ptb([c for s in samples for c in s[1]])])
    references = [[next(flat) for _ in s[1]] for s in samples]
    gts, res = dict(enumerate(references)), {i: [c] for i, c in enumerate(candidates)}
    whole = {"n": len(samples)}
    parts = {"tok_candidate": candidates, "tok_references": references}
    total, each = Bleu(4).compute_score(gts, res, verbose=0)
    for n in range(4):
        whole[f"Bleu_{n + 1}"], parts[f"Bleu_{n + 1}"] = total[n], each[n]
    for name, metric in (("ROUGE_L", Rouge()), ("CIDEr", Cider())):
        total, each = metric.compute_score(gts, res)
        whole[name], parts[name] = float(total), [float(x) for x in each]
    lines = [" ||| ".join(["SCORE", *r, c]) for c, r in zip(candidates, references)]
    for name in MODULES:
        each, total = meteor.scores(lines, name)
        whole[f"METEOR_{name}"], parts[f"METEOR_{name}"] = total, each
        whole[f"METEOR_{name}_mean_of_segments"] = sum(each) / len(each)
    return whole, parts


def write_sets(out, meteor, samples, chance):
    shuffled = [(" ".join(chance.sample(c.split(), len(c.split()))), r) for c, r in samples[:60]]
    sets = {"several_references": samples[:150], "single_reference": [(c, r[:1]) for c, r in samples[150:250]],
            "shuffled": shuffled, "identical": [(r[0], r) for _, r in samples[:30]], "one_sample": samples[:1],
            "invented": [(invent(chance), [invent(chance) for _ in range(chance.randint(1, 4))]) for _ in range(80)],
            "degenerate": [("", samples[0][1]), ("dog", ["", "the dog"]), (".", ["..."]), ("the " * 60, samples[1][1]),
                           ("a\nb\tc", ["a b c"]), ("a dog", ["a dog"]), ("x y z", ["p q"])]}
    expected = {}
    for name, rows in sets.items():
        expected[name], parts = score(meteor, rows)
        write(out / f"{name}.input.json", [{"candidate": c, "references": r} for c, r in rows])
        write(out / f"{name}.per_image.json", parts)
    write(out / "expected_scores.json", expected, packed=False)


def main():
    source, out = sys.argv[1], Path(sys.argv[2]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    chance = random.Random(5)
    write_meteor_data(out)
    samples = read_samples(source)
    meteor = Meteor(out)
    write_tokens(out, samples, chance)
    write_stages(out, meteor, samples, chance)
    write_sets(out, meteor, samples[:250], chance)


main()
