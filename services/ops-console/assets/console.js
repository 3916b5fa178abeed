// Keeps an open page as it is now. The server says that something is new; the page asks for itself again and puts the new
// content in. Without this script a page renews itself once a minute.
"use strict";
(() => {
  const stream = document.getElementById("stream");
  const AT_MOST_EVERY = 400, AT_LEAST_EVERY = 10000, SILENT_AFTER = 12000;
  let heard = Date.now(), last = 0, planned = 0, broken = null, busy = false;
  const clock = (time) => new Date(time).toISOString().slice(11, 19) + " UTC";

  const mark = () => {
    for (const link of document.querySelectorAll("nav a")) {
      const path = new URL(link.href).pathname;
      const here = path === "/" ? location.pathname === "/" : location.pathname.startsWith(path);
      if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
    }
  };

  const tell = () => {
    stream.classList.toggle("broken", broken !== null);
    stream.textContent = broken === null
      ? "Live. As of " + clock(last) + "."
      : "Not live since " + clock(broken) + ": what you see may be old. Trying again.";
  };

  const open = () => new Set([...document.querySelectorAll("details[open][id]")].map((one) => one.id));
  const writing = () => {
    const here = document.activeElement;
    return here && document.getElementById("main").contains(here) && /^(INPUT|TEXTAREA|SELECT)$/.test(here.tagName);
  };

  const renew = async () => {
    planned = 0;
    if (busy || writing()) return plan(1000);
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, signal: AbortSignal.timeout(8000) });
      if (answer.redirected) { location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const opened = open(), focused = document.activeElement && document.activeElement.id;
      for (const id of ["main", "state"]) {
        const now = document.getElementById(id), next = page.getElementById(id);
        if (now && next) now.replaceChildren(...next.childNodes);
      }
      document.title = page.title;
      for (const id of opened) { const one = document.getElementById(id); if (one) one.open = true; }
      if (focused) { const one = document.getElementById(focused); if (one) one.focus({ preventScroll: true }); }
      last = Date.now(); broken = null;
    } catch (error) {
      if (broken === null) broken = Date.now();
    } finally { busy = false; tell(); }
  };

  const plan = (least) => {
    if (planned) return;
    planned = setTimeout(renew, Math.max(least, last + AT_MOST_EVERY - Date.now()));
  };

  mark();
  last = Date.now(); tell();
  if (stream.dataset.still !== undefined || !window.EventSource) return;
  const source = new EventSource("/live?of=" + encodeURIComponent(location.pathname));
  const hear = () => { heard = Date.now(); };
  source.addEventListener("news", () => { hear(); plan(0); });
  source.addEventListener("alive", hear);
  source.addEventListener("error", () => { if (broken === null) { broken = Date.now(); tell(); } });
  source.addEventListener("open", () => { hear(); plan(0); });
  setInterval(() => {
    if (Date.now() - heard > SILENT_AFTER && broken === null) { broken = heard; tell(); }
    if (Date.now() - last > AT_LEAST_EVERY) plan(0);
  }, 1000);
})();
