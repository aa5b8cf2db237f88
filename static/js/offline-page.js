// Keeps a page that also works without signal, with all it is made of, for when there is none.

/** Register the worker and keep the page as it stands on the server now, in the cache `name`. */
export async function keepPage(worker, name) {
  try {
    await navigator.serviceWorker.register(worker, { scope: location.pathname });
    const page = await fetch(location.pathname);
    if (!page.ok || page.redirected) return; // asked to sign in: the kept one stays
    const cache = await caches.open(name);
    const parts = new Set([...partsHere(), ...partsOf(await page.clone().text())]);
    await cache.addAll([...parts]);
    await cache.put(location.pathname, page);
    await forgetOld(cache, parts);
    document.documentElement.dataset.kept = ""; // for who waits for it
  } catch {
    // no signal, or a browser without: what was kept stays
  }
}

// What this page has loaded, the modules that scripts import among it.
function partsHere() {
  return performance.getEntriesByType("resource").map((entry) => entry.name).filter(isPart);
}

// What the page on the server names: newer than this one where this one was a kept one.
function partsOf(html) {
  const named = new DOMParser().parseFromString(html, "text/html");
  const found = named.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src]");
  const addresses = [...found].map((part) => part.getAttribute("href") ?? part.getAttribute("src"));
  return addresses.map((address) => new URL(address, location.href).href).filter(isPart);
}

function isPart(address) {
  return address.startsWith(location.origin + "/static/");
}

async function forgetOld(cache, parts) {
  for (const { url } of await cache.keys()) if (isPart(url) && !parts.has(url)) await cache.delete(url);
}
