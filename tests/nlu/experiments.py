"""Pipelines beside each other on the same examples and the same questions. Runs in Rasa's environment:

PYTHONPATH=nlu:tests/nlu nlu/.venv/bin/python tests/nlu/experiments.py COMPILED.jsonl [--most N] [--only NAME …]

COMPILED: `python -m knowledge.compile`. Labels are the topics, tasks, small talk and out of scope; --most examples of each label (0: all) train
every pipeline, drawn once with a fixed seed. Asked are the project's own development and blind sets (tests/data). Each pipeline runs in a
process of its own, so that its memory is its own. Prints a row of the table in docs/understanding.md for each.
"""

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml
from components.importer import CompiledImporter
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

_ROOT = Path(__file__).resolve().parents[2]
_SETS = ("dev_questions", "held_out_enterprise", "held_out_traveller")
_REFUSED = {"out_of_scope", "nlu_fallback", "greet", "thanks", "goodbye", "chitchat", "human_handoff"}
_OWN_TOKENS = {"name": "trained_tokenizer.TrainedHanLatinTokenizer"}
_TERMS = [
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
]
_FALLBACK = {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1}
_DIET = {"name": "DIETClassifier", "epochs": 100, "entity_recognition": False, "constrain_similarities": True}

# Rasa's default for a language without blanks (its documentation, "Choosing a pipeline"), with Jieba as tokenizer.
PIPELINES: dict[str, list[dict[str, Any]]] = {
    "Rasa's default pipeline with Jieba (DIET)": [
        {"name": "JiebaTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        *_TERMS,
        _DIET,
        _FALLBACK,
    ],
    "DIET on our tokenizer": [_OWN_TOKENS, *_TERMS, _DIET, _FALLBACK],
    "logistic regression on character and word n-grams": [
        _OWN_TOKENS,
        *_TERMS,
        {"name": "LogisticRegressionClassifier", "max_iter": 100, "solver": "lbfgs"},
        {"name": "FallbackClassifier", "threshold": 0.05, "ambiguity_threshold": 0.0},
    ],
    "ours": [],
}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("compiled", type=Path)
    parser.add_argument("--most", type=int, default=60)
    parser.add_argument("--only", nargs="*", default=list(PIPELINES))
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        sys.stdout.write(json.dumps(_measure(given.one, given.compiled, given.most)) + "\n")
        return
    _say("| pipeline | topic accuracy zh | en | out of scope | wrongly refused | training | p95 | model | memory |")
    for name in given.only:
        command = [sys.executable, __file__, str(given.compiled), "--most", str(given.most), "--one", name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            _say(f"| {name} | failed: {done.stderr.strip().splitlines()[-1]} |")
            continue
        _say(_row(name, json.loads(done.stdout.strip().splitlines()[-1])))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _row(name: str, got: dict[str, float]) -> str:
    shares = " | ".join(f"{got[key]:.3f}" for key in ("zh", "en", "outside", "refused"))
    return (
        f"| {name} | {shares} | {got['training_s']:.0f} s | {got['p95_ms']:.0f} ms | {got['model_mb']:.0f} MB "
        f"| {got['memory_mb']:.0f} MB |"
    )


def _measure(name: str, compiled: Path, most: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        chosen = _chosen(compiled, most, with_topics=name != "ours")
        began = time.perf_counter()
        path = _trained(name, chosen, Path(folder))
        training_s = time.perf_counter() - began
        before = _memory_mb()
        agent = Agent.load(path)
        scores = asyncio.run(_asked(agent))
        return {
            **scores,
            "training_s": training_s,
            "model_mb": Path(path).stat().st_size / 1e6,
            "memory_mb": max(_memory_mb() - before, 0),
        }


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _chosen(compiled: Path, most: int, *, with_topics: bool) -> list[Message]:
    """Examples of each label; what the knowledge base's answers say is left out, for all alike."""
    files = [str(path) for path in sorted((_ROOT / "nlu" / "data").glob("*.yml")) if path.name != "rules.yml"]
    messages = [*CompiledImporter(training_data_paths=str(compiled)).get_nlu_data().intent_examples]
    for file in files:
        messages += load_data(file).intent_examples
    by_label: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        block = (message.get("metadata") or {}).get("intent") or {}
        if message.get("text") and block.get("part") != "answer":
            by_label[block.get("topic", message.get("intent"))].append(message)
    random.seed(0)
    chosen: list[Message] = []
    for label, examples in sorted(by_label.items()):
        # What is not ours has no bounds: it gets five times as many, as in the full data.
        count = most * 5 if label == "out_of_scope" else most
        picked = examples if not most or len(examples) <= count else random.sample(examples, count)
        for message in picked:
            if with_topics:
                message.set("intent", label)
            chosen.append(message)
    return chosen


def _trained(name: str, chosen: list[Message], folder: Path) -> str:
    config: dict[str, Any] = {"recipe": "default.v1", "assistant_id": "experiment", "language": "zh"}
    if name == "ours":
        pipeline = yaml.safe_load((_ROOT / "nlu" / "config.yml").read_text(encoding="utf-8"))["pipeline"]
        data = _as_compiled(chosen, folder / "data")
        config["importers"] = [{"name": "RasaFileImporter"}, {"name": "components.importer.CompiledImporter"}]
    else:
        pipeline = PIPELINES[name]
        (folder / "nlu.yml").write_text(TrainingData(chosen).nlu_as_yaml(), encoding="utf-8")
        data = folder / "nlu.yml"
    (folder / "config.yml").write_text(yaml.safe_dump({**config, "pipeline": pipeline}), encoding="utf-8")
    trained = train_nlu(str(folder / "config.yml"), str(data), str(folder / "out"))
    if trained is None:
        raise SystemExit(f"{name} could not be trained")
    return str(trained)


def _as_compiled(chosen: list[Message], folder: Path) -> Path:
    """The same examples in the two forms that the product trains from."""
    blocks: dict[tuple[str, str], list[str]] = defaultdict(list)
    others: list[Message] = []
    for message in chosen:
        block = (message.get("metadata") or {}).get("intent") or {}
        if "entry" in block:
            blocks[block["entry"], block["topic"]].append(message.get("text"))
        else:
            others.append(message)
    lines = [json.dumps({"entry": e, "topic": t, "examples": texts}) for (e, t), texts in blocks.items()]
    folder.mkdir()
    (folder / "compiled.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "others.yml").write_text(TrainingData(others).nlu_as_yaml(), encoding="utf-8")
    return folder


async def _asked(agent: Agent) -> dict[str, float]:
    right: dict[str, list[bool]] = {"zh": [], "en": []}
    outside: list[bool] = []
    refused: list[bool] = []
    times: list[float] = []
    await agent.parse_message("预热")
    for line in _lines():
        began = time.perf_counter()
        parsed = await agent.parse_message(line["text"])
        times.append(time.perf_counter() - began)
        got = _label(parsed)
        if line["topic"] == "out_of_scope":
            outside.append(got in _REFUSED)
        else:
            right["en" if line["lang"] == "en" else "zh"].append(got in {line["topic"], *line.get("also", [])})
            refused.append(got in _REFUSED)
    shares = {
        name: sum(hits) / len(hits) for name, hits in (*right.items(), ("outside", outside), ("refused", refused))
    }
    return {**shares, "p95_ms": sorted(times)[int(0.95 * len(times))] * 1000}


def _label(parsed: dict[str, Any]) -> str:
    intent = str(parsed["intent"]["name"])
    topics = (parsed.get("kb") or {}).get("topics") or []
    return str(topics[0]["topic"]) if intent == "kb" and topics else intent


def _lines() -> list[dict[str, Any]]:
    texts = [(_ROOT / "tests" / "data" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() for name in _SETS]
    return [
        line for lines in texts for line in map(json.loads, lines) if not line.get("drop") and "context" not in line
    ]


if __name__ == "__main__":
    main()
