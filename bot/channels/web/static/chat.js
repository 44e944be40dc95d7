// The conversation: brings together what was written here and what the service sends.

import { botMessage, greeting, markChosen, markOwn, ownMessage } from "./cards.js";
import { memory } from "./memory.js";
import { textsOf } from "./texts.js";

const ACKNOWLEDGED_WITHIN_MS = 15000;
const ANSWERED_WITHIN_MS = 60000;
const SENT_AGAIN_FOR_MS = 10 * 60000; // after that the person decides

export class Chat {
  /** language: {shown, locale}: what the page is in, and what is wished for the answers (null: that of the question). */
  constructor({ transcript, composer, typing, language }) {
    Object.assign(this, { transcript, composer, typing, language });
    this.shown = new Map(); // seq → frame
    this.waiting = new Map(); // id → {state, timer}
    this.after = null;
    this.historyUntil = 0;
    this.#greet();
  }

  get words() {
    return textsOf(this.language.shown);
  }

  hello() {
    this.askedAfter = this.after;
    return { type: "hello", conversation_id: memory.conversation, after: this.after, locale: this.language.locale };
  }

  /** The person wrote something, or pressed a button. of: number of the message with that button. files: {id, name}. */
  say(text, payload = null, of = null, files = []) {
    const id = crypto.randomUUID?.() ?? randomId();
    const message = { id, text, payload, of, files, at: Date.now(), answered: false };
    memory.add(message);
    const article = ownMessage(message, this.language.shown, (id) => this.#retry(id));
    this.transcript.insert(article);
    this.#submit(message);
    this.transcript.scrollToEnd();
  }

  take(frame) {
    switch (frame.type) {
      case "welcome": return this.#welcome(frame);
      case "reply":
      case "push": return this.#message(frame);
      case "update": return this.#updated(frame);
      case "removal": return this.#removed(frame);
      case "typing": return this.#acknowledged(frame.reply_to);
      case "noted": return this.#answered(frame.reply_to); // a person has it: their answer comes as a push
      case "error": return this.#error(frame);
      default: return undefined; // a frame of a later version
    }
  }

  disconnected() {
    for (const [id, one] of this.waiting) {
      clearTimeout(one.timer);
      one.state = "queued";
      this.#mark(id, "queued");
    }
    this.#showTyping();
  }

  relabel() {
    const old = this.transcript.list.querySelector(".greeting");
    this.transcript.replace(old, this.#greeting());
    this.typing.querySelector("em").textContent = this.words.typing;
  }

  #greeting() {
    return greeting(this.language.shown, (question) => this.say(question));
  }

  #greet() {
    this.transcript.insert(this.#greeting());
  }

  #welcome(frame) {
    const isOther = memory.enter(frame.conversation_id);
    const isReset = this.askedAfter !== null && frame.after !== this.askedAfter;
    if ((isOther && this.shown.size) || isReset) {
      this.transcript.clear();
      this.shown.clear();
      this.#greet();
    }
    this.composer.limit(frame.message_max_chars);
    this.after = frame.after;
    this.isFirst = this.askedAfter === null;
    this.unreadAfter = this.isFirst ? memory.seen : null;
    this.historyUntil = frame.newest;
    if (frame.newest <= frame.after) this.#settle();
  }

  #message(frame) {
    if (frame.reply_to) this.#answered(frame.reply_to);
    if (this.shown.has(frame.seq)) return;
    this.shown.set(frame.seq, frame);
    this.after = Math.max(this.after ?? 0, frame.seq);
    const isPast = frame.seq <= this.historyUntil && this.isFirst;
    const wasNearEnd = this.transcript.isNearEnd();
    const own = frame.reply_to && this.#ownArticle(frame.reply_to);
    if (isPast) this.#divideUnread(frame.seq);
    const article = botMessage(frame, (_, button, source) => this.#press(button, source));
    this.transcript.insert(article);
    this.#markPressed(article, frame);
    memory.seen = Math.max(memory.seen, frame.seq);
    if (!isPast) {
      this.transcript.reveal(article, { wasNearEnd, top: own });
      const { bot, push } = textsOf(article.lang);
      this.transcript.announce(frame.reply.speaker ?? (frame.type === "push" ? push : bot), article.querySelector(".body").innerText, article.lang);
    }
    if (frame.seq === this.historyUntil) this.#settle();
  }

  // A message that was corrected: the new form stands where the old one stood, and is said once.
  #updated(frame) {
    this.#advance(frame);
    const old = this.transcript.list.querySelector(`[data-seq="${frame.of}"]`);
    if (old) {
      const newer = { ...frame, type: "push", seq: frame.of };
      this.shown.set(frame.of, newer);
      const article = botMessage(newer, (_, button, source) => this.#press(button, source));
      this.transcript.replace(old, article);
      this.#markPressed(article, newer);
      const { changed } = textsOf(article.lang);
      this.transcript.announce(changed, article.querySelector(".body").innerText, article.lang);
    }
    this.#arrivedAt(frame.seq);
  }

  #removed(frame) {
    this.#advance(frame);
    const old = this.transcript.list.querySelector(`[data-seq="${frame.of}"]`);
    if (old) {
      this.shown.delete(frame.of);
      this.transcript.remove(old);
      this.transcript.announce(this.words.bot, this.words.removed, this.language.shown);
    }
    this.#arrivedAt(frame.seq);
  }

  #advance(frame) {
    this.after = Math.max(this.after ?? 0, frame.seq);
    memory.seen = Math.max(memory.seen, frame.seq);
  }

  #arrivedAt(seq) {
    if (seq === this.historyUntil) this.#settle();
  }

  // Everything the service has is shown: what was written here and has no answer goes out again, with the same id.
  #settle() {
    this.historyUntil = 0;
    for (const message of memory.own().filter((one) => !one.answered)) {
      this.#ownArticle(message.id);
      if (Date.now() - message.at < SENT_AGAIN_FOR_MS) this.#submit(message);
      else this.#mark(message.id, "unanswered");
    }
    if (this.isFirst) this.transcript.scrollToEnd();
    this.isFirst = false;
  }

  #divideUnread(seq) {
    if (this.unreadAfter && seq > this.unreadAfter) {
      this.transcript.divider(this.words.unread);
      this.unreadAfter = null;
    }
  }

  #submit(message) {
    const frame = { type: "message", id: message.id, locale: this.language.locale };
    if (message.payload) frame.payload = message.payload;
    else if (message.text || !message.files?.length) frame.text = message.text;
    if (message.files?.length) frame.files = message.files.map((file) => file.id);
    const isSent = this.send(frame);
    const one = this.#wait(message.id, isSent ? "sent" : "queued", isSent ? ACKNOWLEDGED_WITHIN_MS : null);
    this.#mark(message.id, one.state);
  }

  #wait(id, state, withinMs) {
    clearTimeout(this.waiting.get(id)?.timer);
    const one = { state };
    if (withinMs) one.timer = setTimeout(() => this.#giveUp(id, state), withinMs);
    this.waiting.set(id, one);
    return one;
  }

  #giveUp(id, state) {
    this.waiting.delete(id);
    this.#mark(id, state === "answering" ? "unanswered" : "failed");
    this.#showTyping();
  }

  #acknowledged(id) {
    if (!this.waiting.has(id)) return;
    this.#wait(id, "answering", ANSWERED_WITHIN_MS);
    this.#showTyping();
  }

  #answered(id) {
    clearTimeout(this.waiting.get(id)?.timer);
    this.waiting.delete(id);
    memory.markAnswered(id);
    this.#mark(id, "sent");
    this.#showTyping();
  }

  #error(frame) {
    if (!frame.reply_to) {
      console.warn("Kouan:", frame.code, frame.detail);
      return;
    }
    clearTimeout(this.waiting.get(frame.reply_to)?.timer);
    this.waiting.delete(frame.reply_to);
    this.#mark(frame.reply_to, "failed", frame.text);
    if (frame.text) this.transcript.announce(this.words.bot, frame.text, this.language.shown);
    this.#showTyping();
  }

  #retry(id) {
    const message = memory.find(id);
    if (message) this.#submit(message);
  }

  #press(button, frame) {
    this.say(button.title, button.payload, frame.seq);
    this.#markPressed(this.transcript.list.querySelector(`[data-seq="${frame.seq}"]`), frame);
  }

  #markPressed(article, frame) {
    for (const one of memory.own()) {
      if (one.of === frame.seq) markChosen(article, one.payload, frame.reply.kind);
    }
  }

  /** The person's own message in the list, put there when it is not yet (after a reload, or written on another page). */
  #ownArticle(id) {
    const found = this.transcript.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    const message = memory.find(id);
    if (found || !message) return found;
    const article = ownMessage(message, this.language.shown, (one) => this.#retry(one));
    this.transcript.insert(article);
    return article;
  }

  #mark(id, state, text = null) {
    const article = this.transcript.list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (article) markOwn(article, state, text ? { ...this.words, [state]: text } : this.words);
  }

  #showTyping() {
    const wasNearEnd = this.transcript.isNearEnd();
    this.typing.hidden = ![...this.waiting.values()].some((one) => one.state === "answering");
    if (!this.typing.hidden && wasNearEnd) this.transcript.scrollToEnd();
  }
}

// crypto.randomUUID is there on https and localhost alone; a port's own network may have neither.
function randomId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
