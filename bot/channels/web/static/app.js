// Wires the page together.

import { Attachments } from "./attachments.js";
import { Banners } from "./banners.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { memory } from "./memory.js";
import { ChatSocket } from "./socket.js";
import { textsOf } from "./texts.js";
import { Transcript } from "./transcript.js";

const at = (id) => document.getElementById(id);
const NOTICE_AFTER_MS = 2500; // a short break is nobody's concern

function languageOfBrowser() {
  for (const tag of navigator.languages) {
    if (/^zh\b/i.test(tag)) return /hant|tw|hk|mo/i.test(tag) ? "zh-Hant" : "zh-Hans";
    if (/^en\b/i.test(tag)) return "en";
  }
  return navigator.languages.length ? "en" : "zh-Hans"; // somebody from elsewhere reads English sooner than Chinese
}

function languageOf(choice) {
  return { shown: choice === "auto" ? languageOfBrowser() : choice, locale: choice === "auto" ? null : choice };
}

const language = languageOf(memory.language);
const attachments = new Attachments({
  list: at("pending"), form: at("composer"), input: at("input"),
  tools: [[at("attach"), at("file")], [at("camera"), at("photo")]],
  locale: () => language.shown, onChange: () => undefined,
});
const composer = new Composer({
  form: at("composer"), input: at("input"), button: at("send"), counter: at("counter"), attachments,
  onSend: (text, files) => chat.say(text, null, null, files),
});
const transcript = new Transcript({
  list: at("messages"), scroller: at("scroller"), announcer: at("announcer"), newer: at("newer"),
  onEscape: () => composer.focus(),
});
const chat = new Chat({ transcript, composer, typing: at("typing"), language });

const banners = new Banners(at("banners"), () => language.shown);

let noticeTimer = null;
let isLanguageUnsaid = false;

function showState(state) {
  const words = textsOf(language.shown);
  at("state").dataset.state = state;
  at("state").textContent = words.states[state];
  clearTimeout(noticeTimer);
  if (state === "open" || state === "connecting") {
    at("notice").hidden = true;
    return;
  }
  const isReplaced = state === "replaced";
  noticeTimer = setTimeout(() => {
    at("notice").hidden = false;
    at("notice").textContent = isReplaced ? words.replaced : navigator.onLine ? words.unreachable : words.offline;
    if (isReplaced) {
      const resume = document.createElement("button");
      resume.type = "button";
      resume.textContent = words.resume;
      resume.addEventListener("click", () => socket.resume());
      at("notice").append(resume);
    }
  }, isReplaced ? 0 : NOTICE_AFTER_MS);
}

const socket = new ChatSocket({
  hello: () => chat.hello(),
  onFrame: (frame) => {
    if (frame.type === "banners") banners.show(frame.banners);
    chat.take(frame);
    if (frame.type === "welcome" && isLanguageUnsaid) sayLanguage();
  },
  onState: (state) => {
    if (state !== "open") chat.disconnected();
    showState(state);
  },
});
chat.send = (frame) => socket.send(frame);

function sayLanguage() {
  isLanguageUnsaid = !socket.send({ type: "language", locale: language.locale });
}

function relabel() {
  const words = textsOf(language.shown);
  document.documentElement.lang = language.shown;
  at("language").options[0].textContent = words.auto;
  at("language-label").textContent = words.language;
  at("input").placeholder = words.write;
  at("input").setAttribute("aria-label", words.write);
  at("send-label").textContent = words.send;
  at("newer").textContent = words.newer;
  at("messages").setAttribute("aria-label", words.transcript);
  for (const [id, label] of [["attach", words.attach], ["camera", words.camera]]) {
    at(id).title = label;
    at(id).setAttribute("aria-label", label);
  }
  attachments.words = words;
  composer.words = words;
  chat.relabel();
  banners.relabel();
  showState(socket.state);
}

at("language").value = memory.language;
at("language").addEventListener("change", (event) => {
  memory.language = event.target.value;
  Object.assign(language, languageOf(memory.language));
  relabel();
  sayLanguage();
});

// iOS lays the keyboard over the page and leaves the page's height as it was.
visualViewport?.addEventListener("resize", () => {
  document.documentElement.style.setProperty("--height", `${visualViewport.height}px`);
  window.scrollTo(0, 0);
});

// A link into a firm: the code stands behind the #, which no server sees, and leaves the address at once.
const joining = /^#join=([A-Za-z0-9-]{10,11})$/.exec(location.hash);
if (joining) {
  history.replaceState(null, "", location.pathname + location.search);
  chat.say(textsOf(language.shown).join, `firm:join:${joining[1]}`);
}

relabel();
socket.connectNow();
if (matchMedia("(pointer: fine)").matches) composer.focus();
