// Shows a notice's counts as they change while there is more to come; loads the page again when its state changes.
"use strict";
const live = document.getElementById("live");
if (live && live.dataset.live) {
  const bar = document.getElementById("bar");
  const summary = document.getElementById("summary");
  const resolving = document.getElementById("resolving");

  const show = (now) => {
    for (const [state, count] of Object.entries(now.counts)) {
      live.querySelector(`[data-count="${state}"]`).textContent = count;
    }
    bar.max = Math.max(now.total, 1);
    bar.value = now.done;
    summary.textContent = summary.dataset.text.replace("#done#", now.done).replace("#total#", now.total);
    resolving.hidden = now.resolved || now.state === "scheduled";
  };

  // One stream from the service, which reads the database once for all pages; a cut one is opened again by the browser.
  const stream = new EventSource(live.dataset.url);
  stream.addEventListener("message", (event) => {
    const now = JSON.parse(event.data);
    show(now);
    // A half-typed form is not thrown away: the new state waits until it is closed.
    if (now.state !== live.dataset.state && !document.querySelector("details[open]")) location.replace(location.pathname);
    if (!now.live) stream.close();
  });
  stream.addEventListener("error", () => {
    // Closed for good: the session is over, and the page asks for the log-in.
    if (stream.readyState === EventSource.CLOSED) location.reload();
  });
}
