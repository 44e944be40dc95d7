// The connection: hello, reconnecting with back-off, and a ping now and then to notice a network that went silently.

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15000;
const PING_EVERY_MS = 25000;
const PONG_WITHIN_MS = 8000;
const WELCOME_WITHIN_MS = 10000;
const REPLACED = 4409;

export class ChatSocket {
  /** hello(): the first frame. onFrame(frame). onState(state): connecting | open | offline | replaced. */
  constructor({ hello, onFrame, onState }) {
    this.hello = hello;
    this.onFrame = onFrame;
    this.onState = onState;
    this.state = "connecting";
    this.failures = 0;
    addEventListener("online", () => this.connectNow());
    addEventListener("offline", () => this.#drop());
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.state === "open" ? this.#ping() : this.connectNow();
    });
    setInterval(() => {
      if (document.visibilityState === "visible" && this.state === "open") this.#ping();
    }, PING_EVERY_MS);
  }

  connectNow() {
    if (this.socket || this.state === "replaced") return;
    this.#connect();
  }

  /** Go on here after another page took over. */
  resume() {
    this.#connect();
  }

  /** Send a frame; false when there is no connection. */
  send(frame) {
    if (this.state !== "open") return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  #connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/chat`);
    this.socket = socket;
    this.#become("connecting");
    this.#expect(WELCOME_WITHIN_MS);
    socket.addEventListener("open", () => socket.send(JSON.stringify(this.hello())));
    socket.addEventListener("message", (event) => {
      if (socket === this.socket) this.#take(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.socket) this.#closed(event.code);
    });
  }

  #take(frame) {
    clearTimeout(this.deadline);
    if (frame.type === "welcome") {
      this.failures = 0;
      this.#become("open");
    }
    if (frame.type !== "pong") this.onFrame(frame);
  }

  #ping() {
    this.send({ type: "ping" });
    this.#expect(PONG_WITHIN_MS);
  }

  #expect(withinMs) {
    clearTimeout(this.deadline);
    this.deadline = setTimeout(() => this.#drop(), withinMs);
  }

  // A socket over a dead network takes minutes to close by itself: leave it behind.
  #drop() {
    const socket = this.socket;
    if (!socket) return;
    this.#closed(0);
    socket.close();
  }

  #closed(code) {
    this.socket = null;
    clearTimeout(this.deadline);
    if (code === REPLACED) return this.#become("replaced");
    this.failures += 1;
    // The first failure is mostly a passing one, and not worth a word.
    this.#become(this.failures > 2 || !navigator.onLine ? "offline" : "connecting");
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connectNow(), wait * (0.7 + Math.random() * 0.6));
  }

  #become(state) {
    // No flicker while trying again and again.
    if (state === this.state || (state === "connecting" && this.state === "offline")) return;
    this.state = state;
    this.onState(state);
  }
}
