// Elements with data-live="url" show what their stream of server-sent events sends: always the
// whole piece, so that nothing is lost or doubled when the line breaks. While there is no stream
// (an old browser, a bad line, a server that restarts) they ask for the piece (data-refresh).

import { done, follow, heard, put, stale } from "./refresh.js";

const SILENCE_MS = 15000; // the server speaks every five seconds
const AGAIN_MS = 5000;

/** Begin with every such element of the page. */
export function start() {
  for (const region of document.querySelectorAll("[data-live]")) live(region);
}

function live(region) {
  if (!window.EventSource) {
    follow(region);
    return;
  }
  let source = null;
  let stopAsking = null;
  let watch = 0;
  let again = 0;

  const ask = () => {
    if (!stopAsking) stopAsking = follow(region, 300);
  };
  const hear = () => {
    if (stopAsking) stopAsking();
    stopAsking = null;
    heard(region);
    region.dataset.alive = ""; // by the stream, not by asking
    clearTimeout(watch);
    watch = setTimeout(lost, SILENCE_MS);
  };
  const close = () => {
    clearTimeout(watch);
    clearTimeout(again);
    if (source) source.close();
    source = null;
    delete region.dataset.alive;
  };
  const lost = () => {
    close();
    ask();
    again = setTimeout(open, AGAIN_MS);
  };
  const open = () => {
    close();
    if (document.hidden || done(region)) return;
    const mark = region.dataset.mark || "";
    source = new EventSource(region.dataset.live + "?since=" + encodeURIComponent(mark));
    watch = setTimeout(lost, SILENCE_MS);
    source.addEventListener("open", hear);
    source.addEventListener("beat", hear);
    source.addEventListener("piece", (event) => {
      region.dataset.mark = event.lastEventId;
      put(region, event.data);
      hear();
    });
    // A stream that ended by itself is opened again at once; asking bridges the gap.
    source.addEventListener("error", lost);
  };
  // Nobody looks: no stream, no thread, no battery. Back again, it is renewed at once.
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) open();
    else {
      close();
      if (stopAsking) stopAsking();
      stopAsking = null;
    }
  });
  window.addEventListener("online", open);
  window.addEventListener("offline", () => stale(region));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => event.persisted && open());
  heard(region);
  open();
}
