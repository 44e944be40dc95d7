"""Asks the trained model and a DIET of its own the same texts in turn. Runs in Rasa's environment; started by `bench nlu`.

Arguments: the trained model's file, and a folder that holds `compiled.jsonl` and `texts.json`. Prints one line of JSON:
{"ours": [seconds ...], "diet": [seconds ...], "memory_mb": float, "model_mb": float}.
"""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

import yaml
from components.importer import CompiledImporter
from rasa.core.agent import Agent
from rasa.model_training import train_nlu
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.training_data import TrainingData

_EVERY = 10
_PIPELINE = [
    # Rasa's default with the blank-free scripts' tokenizer that the product has; Jieba would be slower.
    {"name": "trained_tokenizer.TrainedHanLatinTokenizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 1, "entity_recognition": False, "constrain_similarities": True},
]


def main() -> None:
    """See the module."""
    model, folder = Path(sys.argv[1]), Path(sys.argv[2])
    texts = json.loads((folder / "texts.json").read_text(encoding="utf-8"))
    diet = Agent.load(_train_diet(folder))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours = Agent.load(str(model))
    asyncio.run(ours.parse_message("warm"))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = asyncio.run(_ask_in_turn({"ours": ours, "diet": diet}, texts))
    sizes = {"memory_mb": (after - before) / 1024, "model_mb": model.stat().st_size / 1e6}
    sys.stdout.write(json.dumps({**times, **sizes}) + "\n")


def _train_diet(folder: Path) -> str:
    """A DIET whose intents are the topics and tasks, on every tenth example of the same data."""
    data = load_data("data").merge(CompiledImporter(training_data_paths=str(folder / "compiled.jsonl")).get_nlu_data())
    chosen = [message for message in data.intent_examples[::_EVERY] if message.get("text")]
    for message in chosen:
        block = (message.get("metadata") or {}).get("intent") or {}
        message.set("intent", block.get("topic", message.get("intent")))
    (folder / "few.yml").write_text(TrainingData(chosen).nlu_as_yaml(), encoding="utf-8")
    config = {"recipe": "default.v1", "assistant_id": "diet", "language": "zh", "pipeline": _PIPELINE}
    (folder / "diet.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    trained = train_nlu(str(folder / "diet.yml"), str(folder / "few.yml"), str(folder / "diet"))
    if trained is None:
        raise SystemExit("DIET could not be trained")
    return str(trained)


async def _ask_in_turn(agents: dict[str, Agent], texts: list[str]) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in agents}
    for agent in agents.values():
        await agent.parse_message(texts[0])
    for text in texts:
        for name, agent in agents.items():
            began = time.perf_counter()
            parsed = await agent.parse_message(text)
            times[name].append(time.perf_counter() - began)
            assert parsed["intent"]["name"], f"{name} understood nothing"
    return times


if __name__ == "__main__":
    main()
