// Keeps an open page as it is now. The server says that something is new; the page asks for itself again and puts the new
// content in, and what somebody has begun to write stays. What could not be renewed is not called live. Without this script a
// page without forms renews itself once a minute.
"use strict";
(() => {
  const stream = document.getElementById("stream");
  const AT_MOST_EVERY = 400, AT_LEAST_EVERY = 10000, SILENT_AFTER = 12000, REOPEN_AFTER = 5000, SENT_WITHIN = 8000;
  let heard = Date.now(), last = 0, planned = 0, broken = null, busy = false, out = false;
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
    if (broken === null) { stream.textContent = "Live. As of " + clock(last) + "."; return; }
    stream.textContent = out
      ? "Your sign-in has ended. What you wrote is still here: sign in in another tab, and send it then. "
      : "Not live since " + clock(broken) + ": what you see may be old. Trying again.";
    if (!out) return;
    const link = document.createElement("a");
    link.href = "/sign-in"; link.target = "_blank"; link.rel = "noopener"; link.textContent = "Sign in";
    stream.append(link);
  };

  const open = () => new Set([...document.querySelectorAll("details[open][id]")].map((one) => one.id));
  const fields = () => [...document.querySelectorAll("main input[id], main textarea[id], main select[id]")];
  const touched = (one) => one.tagName === "SELECT"
    ? [...one.options].some((option) => option.selected !== option.defaultSelected)
    : one.value !== one.defaultValue;
  const drafts = () => fields().filter(touched).map((one) => [one.id, one.value]);
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
      const written = drafts();
      out = answer.redirected;
      if (out && written.length === 0) { location.reload(); return; }
      if (out) throw new Error("signed out");
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      // What is no page shows nothing new, and one that says why there is none is not worth what somebody has written.
      if (!page.getElementById("main")) throw new Error("no page");
      if (answer.status >= 500 && written.length > 0) throw new Error("no page to write on");
      const opened = open(), focused = document.activeElement && document.activeElement.id;
      for (const id of ["main", "state"]) {
        const now = document.getElementById(id), next = page.getElementById(id);
        if (now && next) now.replaceChildren(...next.childNodes);
      }
      document.title = page.title;
      for (const id of opened) { const one = document.getElementById(id); if (one) one.open = true; }
      for (const [id, value] of written) { const one = document.getElementById(id); if (one) one.value = value; }
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

  // A second tap sends nothing a second time.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    const buttons = [...event.target.querySelectorAll("button")];
    setTimeout(() => { for (const one of buttons) one.disabled = true; });
    setTimeout(() => { for (const one of buttons) one.disabled = false; }, SENT_WITHIN);
  });

  mark();
  last = Date.now(); tell();
  if (stream.dataset.still !== undefined || !window.EventSource) return;
  let source = null, opened = 0;
  const hear = () => { heard = Date.now(); };
  const listen = () => {
    opened = Date.now();
    source = new EventSource("/live?of=" + encodeURIComponent(location.pathname));
    source.addEventListener("news", () => { hear(); plan(0); });
    source.addEventListener("alive", hear);
    source.addEventListener("error", () => { if (broken === null) { broken = Date.now(); tell(); } });
    source.addEventListener("open", () => { hear(); plan(0); });
  };
  listen();
  setInterval(() => {
    // A browser tries again by itself, but not after an answer that is none, as a proxy gives while the console restarts.
    if (source.readyState === EventSource.CLOSED && Date.now() - opened > REOPEN_AFTER) listen();
    if (Date.now() - heard > SILENT_AFTER && broken === null) { broken = heard; tell(); }
    if (Date.now() - last > AT_LEAST_EVERY) plan(0);
  }, 1000);
})();
