// Files on their way: chosen, dropped, pasted or photographed here, sent to the service, and waiting for the message they go with.

import { memory } from "./memory.js";

const AT_ONCE = 10; // files of one message, as the service takes

export class Attachments {
  /** list: where they are shown; form: where files may be dropped; locale(): language for refusals; onChange(). */
  constructor({ list, form, input, tools, locale, onChange }) {
    Object.assign(this, { list, locale, onChange });
    this.items = [];
    this.words = {};
    for (const [button, chooser] of tools) {
      button.addEventListener("click", () => chooser.click());
      chooser.addEventListener("change", () => {
        this.add(chooser.files);
        chooser.value = ""; // the same file may be chosen again
      });
    }
    input.addEventListener("paste", (event) => {
      if (!event.clipboardData?.files.length) return;
      event.preventDefault();
      this.add(event.clipboardData.files);
    });
    const isFiles = (event) => event.dataTransfer?.types.includes("Files");
    document.addEventListener("dragover", (event) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      form.classList.add("dropping");
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) form.classList.remove("dropping");
    });
    document.addEventListener("drop", (event) => {
      form.classList.remove("dropping");
      if (!isFiles(event)) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
  }

  get isUploading() {
    return this.items.some((item) => !item.id && !item.refusal);
  }

  get ready() {
    return this.items.filter((item) => item.id).map(({ id, name }) => ({ id, name }));
  }

  add(files) {
    for (const file of [...files].slice(0, AT_ONCE - this.items.length)) this.#upload(file);
  }

  /** The files of a message that goes out: they are shown with it from now on. */
  take() {
    const ready = this.ready;
    this.items = this.items.filter((item) => !item.id);
    this.#render();
    return ready;
  }

  #upload(file) {
    const item = { name: file.name, share: 0, id: null, refusal: null };
    this.items.push(item);
    const form = new FormData();
    form.append("file", file, file.name);
    const request = (item.request = new XMLHttpRequest()); // fetch tells nothing of what has gone out
    request.open("POST", `/v1/files?locale=${encodeURIComponent(this.locale())}`);
    request.setRequestHeader("Authorization", `Bearer ${memory.conversation}`);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      item.share = event.lengthComputable ? event.loaded / event.total : 0;
      if (item.bar) item.bar.value = item.share;
    });
    request.addEventListener("load", () => {
      const answer = request.response;
      if (request.status === 201) Object.assign(item, { id: answer.id, name: answer.name });
      else item.refusal = answer?.text ?? (request.status === 413 ? this.words.tooLarge : this.words.notUploaded);
      this.#render();
    });
    for (const end of ["error", "timeout"]) {
      request.addEventListener(end, () => {
        item.refusal = this.words.notUploaded;
        this.#render();
      });
    }
    request.send(form);
    this.#render();
  }

  #remove(item) {
    item.request.abort();
    this.items = this.items.filter((one) => one !== item);
    if (item.id) {
      const headers = { Authorization: `Bearer ${memory.conversation}` };
      fetch(`/v1/files/${item.id}`, { method: "DELETE", headers }).catch(() => undefined); // goes by itself after 30 days
    }
    this.#render();
  }

  #render() {
    this.list.replaceChildren(...this.items.map((item) => this.#row(item)));
    this.list.hidden = !this.items.length;
    this.onChange();
  }

  #row(item) {
    const row = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { className: "name", textContent: item.name });
    const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
    remove.setAttribute("aria-label", `${this.words.removeFile}: ${item.name}`);
    remove.addEventListener("click", () => this.#remove(item));
    row.append(name, remove);
    if (item.refusal) {
      row.className = "refused";
      row.append(Object.assign(document.createElement("p"), { className: "about", textContent: item.refusal }));
      row.lastChild.setAttribute("role", "alert");
    } else if (!item.id) {
      item.bar = Object.assign(document.createElement("progress"), { max: 1, value: item.share });
      item.bar.setAttribute("aria-label", `${this.words.uploading}: ${item.name}`);
      row.append(item.bar);
    }
    return row;
  }
}
