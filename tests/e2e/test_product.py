"""What the product promises, tried from outside: asked, followed, told, published, broken and repaired."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Product, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1200)]

QUESTIONS = {
    "zh-Hans": "进口货物几天内要申报？",
    "zh-Hant": "進口貨物幾天內要申報？",
    "en": "How many days do I have to declare imported goods?",
}


def test_all_parts_answer(product: Product) -> None:
    states = {name: part["state"] for name, part in product.parts().items()}

    assert {"database", "redis", "rasa", "actions", "worker"} <= states.keys()
    assert set(states.values()) == {"up"}


@pytest.mark.parametrize("language", list(QUESTIONS))
def test_a_question_gets_its_answer_with_source_and_date(product: Product, language: str) -> None:
    turn = product.say(QUESTIONS[language])

    reply = turn["replies"][0]
    assert (turn["by"], turn["language"], turn["handled"]) == ("dialogue", language, True)
    assert reply["topic"] == "declaration_time_limits"
    assert reply["citations"][0]["title"]
    assert reply["citations"][0]["verified_on"]


def test_what_is_not_ours_is_said_so(product: Product) -> None:
    turn = product.say("帮我订一张明天去北京的火车票")

    assert turn["handled"] is False
    assert turn["replies"][0]["kind"] == "out_of_scope"


def test_ask_on_the_command_line(product: Product) -> None:
    asked = product.kouan("ask", QUESTIONS["en"], "--json")

    assert asked.returncode == 0, asked.stderr
    assert json.loads(asked.stdout)["replies"][0]["topic"] == "declaration_time_limits"


def test_eval_scores_a_file(product: Product, tmp_path: Path) -> None:
    lines = [
        {"text": QUESTIONS["en"], "lang": "en", "topic": "declaration_time_limits"},
        {"text": "set an alarm for seven", "lang": "en", "topic": "out_of_scope"},
        {"text": "not counted", "lang": "en", "topic": "taxes_fees", "drop": True},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))

    scored = product.kouan("eval", str(file), "--json")

    result = json.loads(scored.stdout)
    assert result["all"]["n"] == 2
    assert (result["all"]["topic_accuracy"], result["all"]["out_of_scope_recall"]) == (1.0, 1.0)


def test_a_shipment_is_followed_in_the_browser_and_its_change_arrives(product: Product, phone: Page) -> None:
    number = "531620261000000101"
    secret = product.event_key("browser-port")
    assert product.report(secret, number, "stored").status_code == 202
    code = product.binding_code(number)
    phone.goto(product.url)

    _send(phone, f"关注报关单 {number}")
    expect(phone.locator("#messages")).to_contain_text("绑定码", timeout=15_000)
    _send(phone, code)
    expect(phone.locator("#messages")).to_contain_text("海关入库", timeout=15_000)
    product.report(secret, number, "released", note="3号门提货")

    expect(phone.locator("#messages")).to_contain_text("3号门提货", timeout=15_000)
    expect(phone.locator("#messages")).to_contain_text("放行")


def test_a_stranger_sees_no_status(product: Product, phone: Page) -> None:
    number = "531620261000000102"
    product.report(product.event_key("stranger-port"), number, "examination", note="secret bay 7")
    phone.goto(product.url)

    _send(phone, f"{number} 到哪一步了")
    until(lambda: phone.locator("#messages article").count() > 2, "an answer")

    expect(phone.locator("#messages")).not_to_contain_text("secret bay 7")
    expect(phone.locator("#messages")).not_to_contain_text("查验场")


def test_telegram_both_ways(product: Product) -> None:
    chat, number = 7001, "531620261000000103"
    secret = product.event_key("telegram-port")
    product.report(secret, number, "stored")
    code = product.binding_code(number)

    product.telegram.do("user_message", chat_id=chat, text=QUESTIONS["zh-Hant"])
    first = until(lambda: product.telegram.texts(chat), "an answer on Telegram")
    product.telegram.do("user_message", chat_id=chat, text=f"關注報關單 {number}")
    until(lambda: [t for t in product.telegram.texts(chat) if "綁定碼" in t], "the form's question")
    product.telegram.do("user_message", chat_id=chat, text=code)
    until(lambda: [t for t in product.telegram.texts(chat) if "海關入庫" in t], "the status")
    product.report(secret, number, "released")

    pushed = until(lambda: [t for t in product.telegram.texts(chat) if "放行" in t and number in t], "the push")
    assert "14" in first[0]
    assert len(pushed) == 1


def test_a_notice_reaches_every_follower_after_another_person_approved(product: Product, phone: Page) -> None:
    chat = 7002
    product.telegram.do("user_message", chat_id=chat, text="subscribe to notices about taxes and fees")
    until(lambda: product.telegram.texts(chat), "the answer")
    phone.goto(product.url)
    _send(phone, "订阅税费通知")
    until(lambda: phone.locator("#messages article").count() > 2, "an answer")

    with product.staff("author") as author, product.staff("approver") as approver:
        form = {
            "csrf": _csrf(author),
            "topic": "taxes_fees",
            "base_language": "zh-Hans",
            "title-zh-Hans": "税费公告试发",
            "body-zh-Hans": "这是端到端测试的公告正文。",
            "title-en": "Notice on taxes",
            "body-en": "This is the body of the end-to-end test.",
            "source_url": "https://www.customs.gov.cn/",
        }
        written = author.post("/console/notices", data=form)
        notice = written.url.path
        author.post(f"{notice}/submit", data={"csrf": _csrf(author)})
        own = author.post(f"/v1/notices/{notice.rpartition('/')[2]}/approve", headers={"x-csrf-token": _csrf(author)})
        read = approver.get(notice).text.split('name="revision" value="')[1].split('"')[0]
        approver.post(f"{notice}/approve", data={"csrf": _csrf(approver), "revision": read})
        approver.post(f"{notice}/send", data={"csrf": _csrf(approver)})

    assert own.status_code == 403
    until(lambda: [t for t in product.telegram.texts(chat) if "Notice on taxes" in t], "the notice on Telegram")
    expect(phone.locator("#messages")).to_contain_text("税费公告试发", timeout=15_000)


def test_search_answers_while_rasa_is_gone_and_rasa_comes_back(product: Product) -> None:
    os.kill(product.parts()["rasa"]["pid"], signal.SIGKILL)

    turn = product.say(QUESTIONS["en"])

    assert (turn["by"], turn["replies"][0]["topic"]) == ("search", "declaration_time_limits")
    until(lambda: product.parts()["rasa"]["state"] == "up", "Rasa", limit_s=120)
    until(lambda: product.say(QUESTIONS["en"])["by"] == "dialogue", "an answer of the dialogue", limit_s=60)


def test_a_killed_worker_and_a_killed_redis_lose_nothing(product: Product) -> None:
    chat = 7003
    number = "531620261000000104"
    secret = product.event_key("fault-port")
    product.report(secret, number, "stored")
    code = product.binding_code(number)
    product.telegram.do("user_message", chat_id=chat, text=f"follow declaration {number}")
    until(lambda: product.telegram.texts(chat), "the form's question")
    product.telegram.do("user_message", chat_id=chat, text=code)
    until(lambda: [t for t in product.telegram.texts(chat) if "stored" in t], "the status")

    for part in ("worker", "redis"):
        os.kill(product.parts()[part]["pid"], signal.SIGKILL)
    assert product.report(secret, number, "released").status_code == 202

    until(lambda: [t for t in product.telegram.texts(chat) if "released" in t], "the push", limit_s=90)


def test_no_secret_and_no_document_number_in_the_logs(product: Product) -> None:
    written = b"".join(path.read_bytes() for path in (product.data_dir / "logs").iterdir())

    assert len(written) > 1000
    assert b"531620261000000101" not in written
    assert b"whsec_" not in written
    assert QUESTIONS["en"].encode() not in written
    assert QUESTIONS["zh-Hans"].encode() not in written


def test_a_second_up_on_the_same_data_says_so(product: Product) -> None:
    second = product.kouan("up", "--port", "8999")

    assert second.returncode == 1
    assert "runs on" in second.stderr


def test_a_port_in_use_is_said_so(product: Product, tmp_path: Path) -> None:
    port = product.url.rpartition(":")[2]
    other = subprocess.run(
        ["./kouan", "up", "--port", port, "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert other.returncode == 1
    assert f"Port {port} is in use" in other.stderr


def _send(page: Page, text: str) -> None:
    page.locator("#input").fill(text)
    expect(page.locator("#send")).to_be_enabled(timeout=15_000)
    page.locator("#send").click()


def _csrf(client: httpx.Client) -> str:
    return client.get("/console/notices/new").text.split('name="csrf" value="')[1].split('"')[0]


def test_another_model_takes_over_in_the_middle_of_a_talk_and_no_message_fails(product: Product) -> None:
    (serving,) = (product.data_dir / "models").glob("*.tar.gz")
    twin = serving.with_name(f"29990101000000-{serving.name.partition('-')[2]}")
    shutil.copy(serving, twin)
    broken = serving.with_name(f"29990102000000-{'0' * 16}.tar.gz")
    broken.write_bytes(b"no archive")
    product.say("关注报关单 531620261000000190", "switch")
    answered: list[str] = []

    def talk() -> None:
        while not done.is_set():
            answered.append(product.say(QUESTIONS["zh-Hans"], f"switch-{len(answered)}")["by"])

    done = threading.Event()
    talking = threading.Thread(target=talk)
    talking.start()
    try:
        refused = product.kouan("train", "--activate", broken.name[:14])
        taken = product.kouan("train", "--activate", twin.name[:14])
        after = product.say("取消", "switch")
        back = product.kouan("train", "--rollback")
    finally:
        done.set()
        talking.join()
        broken.unlink()

    assert (refused.returncode, taken.returncode, back.returncode) == (1, 0, 0), (refused, taken, back)
    assert "does not load" in refused.stderr
    assert set(answered) == {"dialogue"}
    assert len(answered) > 20
    # The form that was open in the old process is left in the new one.
    assert "已取消" in after["replies"][0]["text"]
    assert product.parts()["rasa"]["state"] == "up"
