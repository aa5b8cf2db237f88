// The service worker of a page that also works without signal: opens it when there is none.
// The page itself (offline-page.js) keeps what is needed for that; what is kept here is only read.

const PATIENCE_MS = 5000; // of a weak signal, before the kept page is shown
const PAGE = new URL(self.registration.scope).pathname;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const opens = request.mode === "navigate" && url.pathname === PAGE;
  if (opens) event.respondWith(answer(request, PAGE));
  else if (url.pathname.startsWith("/static/")) event.respondWith(answer(request, request.url));
});

async function answer(request, key) {
  const kept = await caches.match(key).catch(() => undefined);
  const fresh = fetch(request);
  if (!kept) return fresh;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, kept));
  return Promise.race([fresh.catch(() => kept), late]);
}
