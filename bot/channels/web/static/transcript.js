// The list of messages: one tab stop, arrows inside, announcements, and scrolling that never takes the page away.

import { element } from "./cards.js";

const INNER = "button, a[href], summary";
const NEAR_END_PX = 80;
const AIR_PX = 4; // above what is scrolled to
const ANNOUNCED_FOR_MS = 10000;

export class Transcript {
  /** onEscape(): the person wants to write. */
  constructor({ list, scroller, announcer, newer, onEscape }) {
    Object.assign(this, { list, scroller, announcer, newer, onEscape });
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("focusin", (event) => this.#focused(event));
    list.addEventListener("focusout", (event) => this.#left(event));
    this.restsAtEnd = true;
    scroller.addEventListener("scroll", () => {
      this.restsAtEnd = this.isNearEnd();
      if (this.restsAtEnd) newer.hidden = true;
    }, { passive: true });
    // A keyboard, a notice or a growing composer takes room: who reads the end keeps seeing it.
    new ResizeObserver(() => {
      if (this.restsAtEnd && !list.querySelector(":scope > .greeting:only-child")) this.scrollToEnd();
    }).observe(scroller);
    newer.addEventListener("click", () => {
      const target = this.firstNew ?? list.lastElementChild;
      newer.hidden = true;
      this.#scrollTo(target);
      target.focus({ preventScroll: true });
    });
  }

  isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** Add a message at the end, or before another. Nothing scrolls and nothing takes the focus. */
  insert(article, before = null) {
    this.#close(article);
    article.tabIndex = -1;
    this.list.insertBefore(article, before);
    if (article.matches(".message")) this.#makeStop(article);
  }

  /** Replace a message by a newer form of itself. */
  replace(old, article) {
    const isStop = old.tabIndex === 0;
    this.#close(article);
    article.tabIndex = isStop ? 0 : -1;
    old.replaceWith(article);
  }

  /** Take a message away; the stop moves on to its neighbour. */
  remove(article) {
    const next = article.nextElementSibling ?? article.previousElementSibling;
    const hadFocus = article.contains(document.activeElement);
    const wasStop = article.tabIndex === 0;
    article.remove();
    if (wasStop && next?.matches(".message")) this.#makeStop(next);
    if (hadFocus) this.onEscape();
  }

  clear() {
    this.list.replaceChildren();
    this.newer.hidden = true;
  }

  divider(text) {
    this.list.append(element("p", { class: "divider", role: "separator" }, text));
  }

  /** Show what has just come. wasNearEnd: whether the person was reading the end; top: what should stay in sight. */
  reveal(article, { wasNearEnd, top }) {
    article.classList.add("arrived");
    if (wasNearEnd) {
      this.#scrollTo(top ?? article);
    } else {
      if (this.newer.hidden) this.firstNew = article;
      this.newer.hidden = false;
    }
  }

  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** Say a new message once, through a live region of its own. */
  announce(prefix, text, language) {
    const said = element("p", { lang: language }, `${prefix}: ${text}`);
    this.announcer.append(said);
    setTimeout(() => said.remove(), ANNOUNCED_FOR_MS);
  }

  // The top of a long answer stays in sight: people read from there.
  #scrollTo(article) {
    const top = article.offsetTop - this.list.firstElementChild.offsetTop - AIR_PX;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.scroller.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  }

  #messages() {
    return [...this.list.querySelectorAll(":scope > .message")];
  }

  #makeStop(article) {
    // While somebody walks through the list, the stop stays where they are.
    if (this.list.contains(document.activeElement) && this.stop?.isConnected) return;
    for (const other of this.list.querySelectorAll(':scope > [tabindex="0"]')) other.tabIndex = -1;
    article.tabIndex = 0;
    this.stop = article;
  }

  #open(article) {
    const inner = [...article.querySelectorAll(INNER)].filter((one) => one.checkVisibility());
    for (const one of inner) one.tabIndex = 0;
    return inner;
  }

  #close(article) {
    for (const one of article.querySelectorAll(INNER)) one.tabIndex = -1;
  }

  #focused(event) {
    const article = event.target.closest(".message");
    if (!article || article === this.stop) return;
    for (const other of this.list.querySelectorAll(':scope > [tabindex="0"]')) other.tabIndex = -1;
    article.tabIndex = 0;
    this.stop = article;
  }

  #left(event) {
    const article = event.target.closest(".message");
    if (article && !article.contains(event.relatedTarget)) this.#close(article);
  }

  #key(event) {
    const article = event.target.closest(".message");
    if (!article) return;
    const isInside = event.target !== article;
    if (event.key === "Escape") {
      event.preventDefault();
      if (isInside) article.focus();
      else this.onEscape();
      return;
    }
    if (isInside) return;
    if (event.key === "Enter") {
      const inner = this.#open(article);
      if (inner.length) {
        event.preventDefault();
        inner[0].focus();
      }
      return;
    }
    const messages = this.#messages();
    const place = messages.indexOf(article);
    const target = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: messages.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    messages[target]?.focus();
  }
}
