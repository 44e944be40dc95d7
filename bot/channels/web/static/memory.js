// What the page remembers on this device: the conversation's id, the language choice, and what the person wrote. The
// service keeps its answers, not the questions, so the page brings both together again after a reload.

const OWN_KEPT = 60;
const fallback = new Map(); // when the browser refuses storage, the page works until it is closed

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return fallback.get(key) ?? null;
  }
}

function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    fallback.set(key, value);
  }
}

function readList(key) {
  try {
    const found = JSON.parse(read(key) ?? "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return []; // somebody else's or half-written value: begin anew
  }
}

export const memory = {
  get conversation() { return read("kouan.conversation"); },
  get language() { return read("kouan.language") ?? "auto"; },
  set language(choice) { write("kouan.language", choice); },
  /** The newest number that was shown on this device. */
  get seen() { return Number(read("kouan.seen") ?? 0) || 0; },
  set seen(seq) { write("kouan.seen", String(seq)); },

  /** Another conversation: what was written in the former one goes. Returns whether it is another. */
  enter(conversation) {
    if (this.conversation === conversation) return false;
    write("kouan.conversation", conversation);
    write("kouan.own", "[]");
    write("kouan.seen", "0");
    return true;
  },

  /** Own messages, oldest first: {id, text, payload, of, at, answered}. of: number of the message whose button it was. */
  own() { return readList("kouan.own"); },
  find(id) { return this.own().find((message) => message.id === id); },
  add(message) { write("kouan.own", JSON.stringify([...this.own(), message].slice(-OWN_KEPT))); },
  markAnswered(id) {
    const own = this.own();
    const message = own.find((one) => one.id === id);
    if (!message || message.answered) return;
    message.answered = true;
    write("kouan.own", JSON.stringify(own));
  },
};
