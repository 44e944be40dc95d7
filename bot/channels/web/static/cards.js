// Messages as elements. HTML comes only from the service's renderer; everything else goes in as text.

import { day, moment, textsOf, writtenIn } from "./texts.js";

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

const STAYS_USABLE = new Set(["answer", "clarify", "out_of_scope", "push"]);

/** What the person wrote. onRetry(id). */
export function ownMessage(message, language, onRetry) {
  const words = textsOf(language);
  const retry = element("button", { type: "button" }, words.retry);
  retry.addEventListener("click", () => onRetry(message.id));
  const status = element("p", { class: "status" }, element("span"), retry);
  status.hidden = true;
  const said = [message.text, ...(message.files ?? []).map((file) => file.name)].filter(Boolean).join(", ");
  const bubble = element("div", { class: "bubble", lang: writtenIn(said, language), dir: "auto" }, message.text);
  for (const file of message.files ?? []) bubble.append(element("span", { class: "file" }, `📎 ${file.name}`));
  const label = `${words.you}: ${said}`;
  return element("article", { class: "message own", "data-id": message.id, "aria-label": label }, bubble, status);
}

/** state: sent | queued | failed | unanswered. */
export function markOwn(article, state, words) {
  const status = article.querySelector(".status");
  const isBad = state === "failed" || state === "unanswered";
  article.classList.toggle("failed", isBad);
  article.classList.toggle("queued", state === "queued");
  status.hidden = state === "sent";
  status.querySelector("span").textContent = words[state] ?? "";
  status.querySelector("button").textContent = words.retry;
  status.querySelector("button").hidden = !isBad;
}

/** A reply or push of the service. onButton(button element, button, frame). */
export function botMessage(frame, onButton) {
  const language = frame.language ?? document.documentElement.lang;
  const words = textsOf(language);
  const { speaker } = frame.reply;
  const isPush = frame.type === "push";
  const body = element("div", { class: "body" });
  body.innerHTML = frame.html;
  for (const em of body.querySelectorAll(":scope > p > em:only-child")) {
    if (em.parentElement.textContent === em.textContent) em.parentElement.classList.add("note");
  }
  const article = element("article", {
    class: `message ${speaker ? "push person" : isPush ? "push" : `card ${frame.reply.kind} by-${frame.by}`}`,
    lang: language,
    "data-seq": frame.seq,
    "aria-label": `${speaker ?? (isPush ? words.push : words.bot)}, ${moment(frame.at, language)}`,
  });
  if (isPush) article.append(pushHead(frame, language, words));
  article.append(body);
  if (frame.reply.citations.length) article.append(sources(frame, language, words));
  if (frame.reply.buttons.length) article.append(buttons(frame, words, onButton));
  for (const link of article.querySelectorAll('a[target="_blank"]')) link.title = words.newTab;
  return article;
}

function pushHead(frame, language, words) {
  const time = element("time", { datetime: frame.at }, moment(frame.at, language));
  const { speaker } = frame.reply;
  return element("p", { class: "head" }, element("span", { "aria-hidden": "true" }, speaker ? "●" : "◆"), speaker ?? words.push, time);
}

function sources(frame, language, words) {
  const { citations } = frame.reply;
  const list = element("ol");
  for (const citation of citations) {
    const name = citation.number && !citation.title.includes(citation.number)
      ? `${citation.title}${language === "en" ? ` (${citation.number})` : `（${citation.number}）`}`
      : citation.title;
    const link = { class: "title", href: citation.url, target: "_blank", rel: "noopener noreferrer" };
    // Only a web address becomes a link, whatever a source's record may hold.
    const title = /^https?:\/\//i.test(citation.url ?? "")
      ? element("a", link, name)
      : element("span", { class: "title" }, name);
    const about = [
      citation.publisher,
      citation.effective_from && `${words.inForce} ${day(citation.effective_from, language)}`,
      citation.verified_on && `${words.checked} ${day(citation.verified_on, language)}`,
    ].filter(Boolean);
    list.append(element("li", {}, title, ...about.map((text) => element("span", { class: "about" }, text))));
  }
  const head = frame.source ?? `${words.sources} (${citations.length})`;
  return element("details", { class: "source" }, element("summary", {}, element("span", {}, head)), list);
}

function buttons(frame, words, onButton) {
  const row = element("div", { class: "buttons" });
  for (const button of frame.reply.buttons) {
    if (button.url) {
      const attributes = { class: "button link", href: button.url, target: "_blank", rel: "noopener noreferrer" };
      row.append(element("a", attributes, button.title));
      continue;
    }
    const made = element("button", { class: "button", type: "button", "data-payload": button.payload }, button.title);
    made.addEventListener("click", () => {
      if (made.getAttribute("aria-disabled") !== "true") onButton(made, button, frame);
    });
    row.append(made);
  }
  return row;
}

/** Show which button was pressed. In a task the others no longer count; in an answer they lead on to other answers. */
export function markChosen(article, payload, kind) {
  const words = textsOf(article.lang);
  for (const button of article.querySelectorAll("button.button")) {
    if (button.dataset.payload === payload && !button.classList.contains("chosen")) {
      button.classList.add("chosen");
      button.append(element("span", { class: "visually-hidden" }, `, ${words.chosen}`));
    }
    if (!STAYS_USABLE.has(kind)) button.setAttribute("aria-disabled", "true");
  }
}

/** The opening: who this is, and six things to ask. onAsk(question). */
export function greeting(language, onAsk) {
  const words = textsOf(language);
  const chips = element("div", { class: "chips" });
  for (const [title, question] of words.chips) {
    const chip = element("button", { class: "chip", type: "button" }, element("b", {}, title), element("span", {}, question));
    chip.addEventListener("click", () => onAsk(question));
    chips.append(chip);
  }
  return element(
    "article",
    { class: "message greeting", lang: language, "aria-label": words.hello },
    element("h2", {}, words.hello), element("p", {}, words.about), chips,
  );
}
