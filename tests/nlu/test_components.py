import asyncio
import json
import os

import pytest
from components.channel import ServiceInput, _answered, _well_formed
from components.entities import RuleEntityExtractor
from components.linear_classifier import SubjectEntryClassifier
from components.response_check import check_schema_once
from components.tokenizer import HanLatinTokenizer
from components.tracker_store import BoundedTrackerStore
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

DOMAIN = Domain.from_dict(
    {
        "intents": ["kb"],
        "slots": {"number": {"type": "text", "influence_conversation": False, "mappings": [{"type": "custom"}]}},
        "forms": {"form": {"required_slots": ["number"]}},
    }
)


def tokens(text):
    component = HanLatinTokenizer(HanLatinTokenizer.get_default_config())
    return component.tokenize(Message(data={TEXT: text}), TEXT)


def test_latin_inside_chinese_keeps_its_place_and_its_neighbours():
    text = "RCEP原產地證 Form E怎麼辦？"

    assert [text[t.start : t.end] for t in tokens(text)] == ["RCEP", *"原產地證", "Form", "E", *"怎麼辦"]
    assert [t.text for t in tokens(text)][:5] == ["rcep", *"原产地证"]


@pytest.mark.parametrize(
    ("text", "expected"), [("8471.30.00", ["8471.30.00"]), ("ＡＢ－１２", ["ab-12"]), ("😀？！", []), ("", [])]
)
def test_numbers_and_codes_stay_whole_and_signs_fall_out(text, expected):
    assert [t.text for t in tokens(text)] == expected


@pytest.fixture(scope="module")
def extractor():
    return RuleEntityExtractor(RuleEntityExtractor.get_default_config())


def entities(extractor, text, metadata=None):
    message = Message(data={TEXT: text, "metadata": metadata})
    extractor.process([message])
    return message.get("entities")


def test_entities_stand_where_they_were_typed(extractor):
    text = "越南的榴蓮，貨值 ５，０００ 美元，明天下午3點從友誼關進"

    found = entities(extractor, text, {"today": "2026-11-22"})

    assert {(e["entity"], text[e["start"] : e["end"]]) for e in found} == {
        ("country", "越南"),
        ("goods", "榴蓮"),
        ("amount_of_money", "５，０００ 美元"),
        ("datetime", "明天下午3點"),
        ("port", "友誼關"),
    }
    assert [e["value"] for e in found if e["entity"] == "datetime"] == ["2026-11-23T15:00"]
    json.dumps(found)


@pytest.mark.parametrize("metadata", [None, {}, {"today": "nonsense"}, {"today": 5}])
def test_without_a_readable_day_the_clock_in_china_counts(extractor, metadata):
    assert [e["entity"] for e in entities(extractor, "明天", metadata)] == ["date"]


def test_overlapping_finds_leave_the_longest(extractor):
    assert [e["entity"] for e in entities(extractor, "报关单号223320231000000762")] == ["declaration_no"]
    assert [e["value"] for e in entities(extractor, "at 9:30 pm")] == ["21:30"]


def training_data():
    blocks = [
        ({"entry": "cat", "topic": "pets"}, ["带猫入境", "猫要什么证", "bring a cat", "cat papers"]),
        ({"entry": "cat", "topic": "pets", "part": "answer"}, ["每人一只猫", "one cat each"]),
        ({"entry": "late-fee", "topic": "fees"}, ["滞报金怎么算", "滞报金多少", "late fee", "fee for late declaring"]),
    ]
    messages = [Message.build(text, "kb", intent_metadata=metadata) for metadata, texts in blocks for text in texts]
    messages += [Message.build(text, "greet") for text in ("你好", "您好", "hello", "hi there")]
    messages += [Message.build(text, "out_of_scope") for text in ("天气", "股票怎么买", "tell a joke", "weather today")]
    return TrainingData([*messages, Message.build("button x", "show_entry")])


def classifier(tmp_path, **changes):
    config = {
        **SubjectEntryClassifier.get_default_config(),
        "fewest_texts": 1,
        "button_intents": ["show_entry"],
        **changes,
    }
    storage = LocalModelStorage(tmp_path)
    return SubjectEntryClassifier.create(config, storage, Resource("classifier"), None), config, storage


def test_the_loaded_classifier_answers_as_the_trained_one(tmp_path):
    component, config, storage = classifier(tmp_path)
    component.train(training_data())
    loaded = SubjectEntryClassifier.load(config, storage, Resource("classifier"), None)

    trained, restored = (c.process([Message(data={TEXT: "带貓入境要證嗎"})])[0].data for c in (component, loaded))

    assert trained == restored
    assert trained["intent"]["name"] == "kb"
    assert trained["kb"]["ranking"][0]["entry"] == "cat"
    assert trained["kb"]["topics"][0]["topic"] == "pets"
    assert "show_entry" not in {ranked["name"] for ranked in trained["intent_ranking"]}
    json.dumps(trained)


@pytest.mark.parametrize(("text", "intent"), [("你好", "greet"), ("股票怎么买", "out_of_scope"), ("滞报金", "kb")])
def test_intents_of_their_own_are_told_from_the_knowledge_base(tmp_path, text, intent):
    component, _, _ = classifier(tmp_path)
    component.train(training_data())

    assert component.process([Message(data={TEXT: text})])[0].get("intent")["name"] == intent


def test_an_untrained_classifier_says_so(tmp_path):
    component, _, _ = classifier(tmp_path)

    with pytest.raises(RuntimeError, match="before it was trained"):
        component.process([Message(data={TEXT: "x"})])


def test_loading_what_was_never_stored_is_an_error(tmp_path):
    _, config, storage = classifier(tmp_path)

    with pytest.raises(ValueError, match="classifier"):
        SubjectEntryClassifier.load(config, storage, Resource("classifier"), None)


class Clock:
    now_s = 0.0

    def __call__(self):
        return self.now_s


def store(**changes):
    return BoundedTrackerStore(DOMAIN, **changes)


def conversation(key, turns=1, before=()):
    events = [*before]
    for number in range(turns):
        events += [UserUttered(f"text {number}", {"name": "kb"}), ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events(key, events, DOMAIN.slots)


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_conversation_comes_back_as_it_was_saved():
    ours = store()
    run(ours.save(conversation("a", 3)))

    assert [type(e) for e in run(ours.retrieve("a")).events] == [type(e) for e in conversation("a", 3).events]
    assert run(ours.retrieve("b")) is None


def test_the_least_recently_used_conversation_goes_when_there_are_too_many():
    ours = store(max_conversations=2)
    for key in ("a", "b", "a", "c"):
        run(ours.save(conversation(key)))

    assert list(run(ours.keys())) == ["a", "c"]


def test_a_conversation_is_forgotten_after_its_rest():
    clock = Clock()
    ours = store(expiry_s=10, clock=clock)
    run(ours.save(conversation("a")))
    clock.now_s = 11

    assert run(ours.retrieve("a")) is None
    assert list(run(ours.keys())) == []


def test_a_long_conversation_loses_its_oldest_turns_and_keeps_its_slots():
    ours = store(max_events=20)
    run(ours.save(conversation("a", 50, before=[SlotSet("number", "7")])))

    kept = run(ours.retrieve("a"))

    assert len(kept.events) <= 20
    assert kept.get_slot("number") == "7"
    assert kept.latest_message.text == "text 49"


def test_an_open_form_is_never_cut():
    ours = store(max_events=20)
    run(ours.save(conversation("a", 50, before=[ActiveLoop("form")])))

    kept = run(ours.retrieve("a"))

    assert kept.active_loop_name == "form"
    assert len(kept.events) > 90


@pytest.fixture
def redis_url(monkeypatch):
    # tests/integration/nlu starts a Redis and tells its address.
    monkeypatch.setenv("KOUAN_REDIS_URL", os.environ["KOUAN_TEST_REDIS_URL"])


@pytest.mark.usefixtures("redis_url")
def test_another_process_goes_on_where_this_one_stopped():
    async def both():
        ours, theirs = store(), store()
        await ours.save(conversation("handed-over", 3, before=[ActiveLoop("form"), SlotSet("number", "7")]))
        await theirs.save(await theirs.retrieve("handed-over"))
        return await ours.retrieve("handed-over")

    tracker = run(both())

    assert tracker.active_loop_name == "form"
    assert tracker.get_slot("number") == "7"


def test_without_redis_the_process_alone_remembers_and_nobody_waits(monkeypatch, caplog):
    monkeypatch.setenv("KOUAN_REDIS_URL", "redis://127.0.0.1:1/0")
    ours = store(clock=Clock())

    async def twice():
        await ours.save(conversation("a"))
        await ours.save(conversation("a", 2))
        return await ours.retrieve("a")

    assert len(run(twice()).events) == 4
    assert sum("Redis is away" in record.message for record in caplog.records) == 1


async def echo(message):
    await message.output_channel.send_custom_json(message.sender_id, {"text": message.text, **message.metadata})


@pytest.mark.parametrize(
    "body", [None, [], {}, {"sender": 1, "message": "x"}, {"sender": "a"}, {"sender": "a", "message": "x" * 10_001},
             {"sender": "a", "message": "x", "metadata": 3}]
)  # fmt: skip
def test_a_body_of_another_form_is_refused(body):
    assert not _well_formed(body)


def test_a_failing_turn_is_an_error_and_its_text_stays_out_of_the_log(caplog):
    async def fail(message):
        raise ValueError(f"could not read {message.text}")

    answer = run(_answered({"sender": "key-1", "message": "secret text"}, fail))

    assert answer.status == 500
    assert json.loads(answer.body) == {"error": "internal"}
    assert "key-1" in caplog.text
    assert "secret" not in caplog.text


class FakeRequest:
    def __init__(self, authorization=None):
        self.headers = {"authorization": authorization} if authorization else {}


@pytest.mark.parametrize(("authorization", "allowed"), [("Bearer t0p", True), ("Bearer other", False), (None, False)])
def test_a_token_is_asked_for_when_there_is_one(authorization, allowed):
    assert ServiceInput.from_credentials({"token": "t0p"})._authorised(FakeRequest(authorization)) is allowed
    assert ServiceInput.from_credentials({"token": "${NOT_SET}"})._authorised(FakeRequest(authorization)) is True


def test_a_turn_gives_its_messages():
    answer = run(_answered({"sender": "a", "message": "x", "metadata": {"language": "en"}}, echo))

    assert json.loads(answer.body) == [{"recipient_id": "a", "custom": {"text": "x", "language": "en"}}]


def test_results_of_actions_are_checked_as_before_but_the_schema_only_once():
    check_schema_once()
    action = RemoteAction("action_x", None)

    assert action._validate_action_result({"events": [{"event": "slot", "name": "a", "value": 1}], "responses": []})
    with pytest.raises(ValidationError, match="action_x") as refused:
        action._validate_action_result({"events": [{"event": "slot", "secret": "text"}], "responses": []})
    assert "text" not in refused.value.message
