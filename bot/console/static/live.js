// Refreshes a notice's counts every 2 s while there is more to come; loads the page again when its state changes.
"use strict";
const live = document.getElementById("live");
if (live && live.dataset.live) {
  const bar = document.getElementById("bar");
  const summary = document.getElementById("summary");
  const resolving = document.getElementById("resolving");
  const PAUSE_MS = 2000;

  const show = (now) => {
    for (const [state, count] of Object.entries(now.counts)) {
      live.querySelector(`[data-count="${state}"]`).textContent = count;
    }
    bar.max = Math.max(now.total, 1);
    bar.value = now.done;
    summary.textContent = summary.dataset.text.replace("#done#", now.done).replace("#total#", now.total);
    resolving.hidden = now.resolved || now.state === "scheduled";
  };

  const refresh = async () => {
    try {
      const response = await fetch(live.dataset.url, { headers: { accept: "application/json" } });
      if (response.redirected || response.status === 401) return location.reload();
      if (response.ok) {
        const now = await response.json();
        show(now);
        // A half-typed form is not thrown away: the new state waits until it is closed.
        if (now.state !== live.dataset.state && !document.querySelector("details[open]")) return location.replace(location.pathname);
        if (!now.live) return undefined;
      }
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // the network is away: try again
    }
    return setTimeout(refresh, PAUSE_MS);
  };
  setTimeout(refresh, PAUSE_MS);
}
