// Where the person writes.

const COUNTER_FROM = 0.9; // of the longest message

export class Composer {
  /** onSend(text, files). attachments: what goes out with the text. */
  constructor({ form, input, button, counter, attachments, onSend }) {
    Object.assign(this, { input, button, counter, attachments, onSend });
    attachments.onChange = () => this.#changed();
    this.maxChars = Infinity;
    this.words = { tooLong: String };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    input.addEventListener("input", () => this.#changed());
    input.addEventListener("keydown", (event) => {
      // isComposing: this Enter chooses a word in the input method. keyCode 229: Safari ends the composition first.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.#send();
    });
  }

  focus() {
    this.input.focus();
  }

  limit(maxChars) {
    this.maxChars = maxChars;
    this.#changed();
  }

  #text() {
    return this.input.value.trim();
  }

  #length() {
    return [...this.#text()].length; // code points, as the service counts
  }

  #changed() {
    const length = this.#length();
    const over = length - this.maxChars;
    const isEmpty = length === 0 && !this.attachments.ready.length;
    this.button.disabled = isEmpty || over > 0 || this.attachments.isUploading;
    this.counter.hidden = length < this.maxChars * COUNTER_FROM;
    this.counter.classList.toggle("over", over > 0);
    this.counter.textContent = over > 0 ? this.words.tooLong(over) : `${length} / ${this.maxChars}`;
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  #send() {
    const text = this.#text();
    if (this.button.disabled) return;
    this.input.value = "";
    const files = this.attachments.take();
    this.#changed();
    this.onSend(text, files);
  }
}
