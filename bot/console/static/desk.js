// Keeps the desk fresh: when something changed there, the page asks for itself again and puts the new part in the old one's place.
// What is being typed, and what is opened, stands outside that part and stays.
"use strict";
const live = document.getElementById("live");
if (live) {
  let mark = null;
  let isLoading = false;

  const renew = async () => {
    if (isLoading) return;
    isLoading = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.redirected || !answer.ok) return location.reload();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
      if (!fresh) return location.reload();
      const wasOpen = [...live.querySelectorAll("details")].map((one) => one.open);
      live.replaceChildren(...fresh.childNodes);
      live.querySelectorAll("details").forEach((one, number) => { one.open = wasOpen[number] ?? false; });
    } finally {
      isLoading = false;
    }
  };

  // One stream from the service, which reads the database once for all pages; a cut one is opened again by the browser.
  const stream = new EventSource(live.dataset.url);
  stream.addEventListener("message", (event) => {
    const now = JSON.parse(event.data).mark;
    if (mark !== null && now !== mark) renew();
    mark = now;
  });
  stream.addEventListener("error", () => {
    // Closed for good: the session is over, and the page asks for the log-in.
    if (stream.readyState === EventSource.CLOSED) location.reload();
  });
}
