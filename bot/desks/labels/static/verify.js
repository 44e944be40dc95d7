// The page: a code from the address, from the camera or pasted; verified here; the state asked for when there is network.
"use strict";
(() => {
  const element = (id) => document.getElementById(id);
  const KNOWN = "kouan-label-language";
  let language = localStorage.getItem(KNOWN) || guess();
  let keys = [], shown = null, stream = null;

  function guess() {
    const wish = (navigator.language || "zh").toLowerCase();
    if (!wish.startsWith("zh")) return "en";
    return /hant|tw|hk|mo/.test(wish) ? "zh-Hant" : "zh-Hans";
  }
  const say = (name) => (labelWords[language] || labelWords.en)[name] || name;

  function speak() {
    document.documentElement.lang = language;
    document.title = say("title");
    for (const one of document.querySelectorAll("[data-say]")) one.textContent = say(one.dataset.say);
    for (const one of document.querySelectorAll("[data-lang]")) one.setAttribute("aria-pressed", String(one.dataset.lang === language));
    tellReady();
    if (shown) show(shown);
  }

  function tellReady() {
    element("ready").textContent = keys.length ? say("ready").replace("{count}", keys.length) : say("no_keys");
  }

  async function loadKeys() {
    try {
      const answer = await fetch("/v/keys.json");
      keys = (await answer.json()).keys;
    } catch (error) {
      keys = [];
    }
    tellReady();
  }

  const today = () => new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);

  async function check(text) {
    const label = labelCodes.read(text);
    const verdict = await labelCodes.verify(label, keys);
    shown = { label, verdict, state: null };
    show(shown);
    if (verdict === "valid") await askState(shown);
  }

  async function askState(result) {
    try {
      const answer = await fetch("/v1/labels/verifications", {
        method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ code: result.label.code }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      result.state = await answer.json();
    } catch (error) {
      result.state = { offline: true };
    }
    if (shown === result) show(result);
  }

  function colour(result) {
    if (result.verdict === "no_crypto") return "warn";
    if (result.verdict !== "valid") return "bad";
    const state = result.state;
    if (state && !state.offline && (!state.valid || state.state === "revoked")) return "bad";
    if (today() < result.label.from || today() > result.label.until) return "warn";
    return "good";
  }

  function verdictName(result) {
    const kind = colour(result);
    if (result.verdict !== "valid") return `is_${result.verdict}`;
    if (kind === "bad") return result.state.state === "revoked" ? "is_revoked" : "is_signature";
    return kind === "warn" ? "is_out_of_time" : "is_valid";
  }

  function show(result) {
    const box = element("result"), name = verdictName(result), label = result.label;
    box.hidden = false;
    box.className = colour(result);
    box.dataset.verdict = name;
    element("verdict").textContent = say(name);
    element("why").textContent = say(`${name}_why`);
    const facts = element("facts");
    facts.textContent = "";
    const add = (term, value) => {
      const left = document.createElement("dt"), right = document.createElement("dd");
      left.textContent = say(term);
      right.textContent = value;
      facts.append(left, right);
    };
    const holds = label && result.verdict === "valid";
    if (holds) {
      add("serial", labelCodes.serial(label.event, label.serialNo));
      add("package", `${label.package} / ${label.packages}`);
      add("valid", `${label.from} – ${label.until}`);
      add("hash", label.lineHash.toUpperCase().replace(/(....)(?=.)/g, "$1 "));
      add("key", label.keyId);
    }
    element("compare").hidden = !holds;
    element("same").textContent = "";
    const state = result.state, online = element("online");
    online.textContent = !holds || !state ? "" : state.offline ? say("offline") : state.state ? `${say("state")}: ${say(`state_${state.state}`)}` : "";
  }

  async function compare(event) {
    event.preventDefault();
    const value = (id) => element(id).value;
    const parts = [value("g-name"), value("g-hs"), value("g-quantity"), value("g-unit"), String(shown.label.packages), value("g-origin")];
    const same = await labelCodes.lineHash(parts) === shown.label.lineHash;
    element("same").textContent = say(same ? "same" : "not_same");
    element("same").dataset.same = String(same);
  }

  async function scan() {
    const video = element("video");
    if (stream) return stopCamera();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch (error) {
      element("ready").textContent = say("no_camera");
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    while (stream) {
      const found = await detector.detect(video).catch(() => []);
      if (found.length) {
        element("code").value = found[0].rawValue;
        stopCamera();
        await check(found[0].rawValue);
        return;
      }
      await new Promise((done) => setTimeout(done, 150));
    }
  }

  function stopCamera() {
    for (const track of stream ? stream.getTracks() : []) track.stop();
    stream = null;
    element("video").hidden = true;
  }

  async function fromAddress() {
    const code = location.hash.slice(1);
    if (!code) return;
    element("code").value = decodeURIComponent(code);
    await check(element("code").value);
  }

  element("paste").addEventListener("submit", (event) => { event.preventDefault(); check(element("code").value); });
  element("goods").addEventListener("submit", compare);
  element("camera").addEventListener("click", scan);
  element("camera").hidden = !("BarcodeDetector" in window && navigator.mediaDevices);
  addEventListener("hashchange", fromAddress);
  for (const one of document.querySelectorAll("[data-lang]")) {
    one.addEventListener("click", () => { language = one.dataset.lang; localStorage.setItem(KNOWN, language); speak(); });
  }
  speak();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/v/sw.js").then(() => navigator.serviceWorker.ready).then(() => { document.documentElement.dataset.offline = "ready"; }, () => {});
  loadKeys().then(fromAddress);
})();
