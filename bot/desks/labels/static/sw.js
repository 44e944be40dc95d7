// Keeps the page and the public keys for where there is no network: both are asked for anew when there is.
"use strict";
const CACHE = "kouan-labels-{{version}}";
const FILES = ["/v/", "/v/verify.css", "/v/words.js", "/v/codes.js", "/v/verify.js", "/v/verify.svg", "/v/verify.webmanifest", "/v/keys.json"];
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("kouan-labels-") && name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

// A port's network may answer never instead of not at all: after a moment the kept copy serves.
async function fresh(request, kept) {
  const patience = new Promise((_, stop) => setTimeout(() => stop(new Error("slow")), kept ? PATIENCE_MS : 60000));
  const answer = await Promise.race([fetch(request), patience]);
  if (!answer.ok) throw new Error(String(answer.status));
  await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}
async function serve(request) {
  const path = new URL(request.url).pathname;
  const kept = await caches.match(path, { cacheName: CACHE });
  if (path !== "/v/keys.json" && kept) return kept;
  try {
    return await fresh(path, kept);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === location.origin && FILES.includes(url.pathname)) event.respondWith(serve(event.request));
});
