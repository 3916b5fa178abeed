// Keeps an open page fresh: each change of a message that the page may show makes it read itself again, at most twice a
// second. The page is whole without this.
"use strict";
(() => {
  const notice = document.getElementById("stream");
  let brokenSince = null;
  let waiting = null;

  const say = (text) => {
    notice.textContent = text;
    notice.hidden = text === "";
  };

  const part = async (address, id) => {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.getElementById(id);
  };

  const refresh = async () => {
    waiting = null;
    try {
      const fresh = await part(location.href, "live");
      if (fresh) document.getElementById("live").replaceWith(fresh);
    } catch {
      broken();
    }
  };

  const broken = () => {
    brokenSince ??= new Date();
    say(`Not live since ${brokenSince.toLocaleTimeString()}: what you see may be old.`);
  };

  const live = document.getElementById("live");
  if (live) {
    const address = new URL("/api/v1/ccip/events", location.href);
    address.searchParams.set("after", live.dataset.after);
    if (live.dataset.message) address.searchParams.set("message_id", live.dataset.message);
    const stream = new EventSource(address);
    stream.addEventListener("open", () => {
      if (brokenSince) refresh();
      brokenSince = null;
      say("");
    });
    stream.addEventListener("message", () => {
      waiting ??= setTimeout(refresh, 500);
    });
    stream.addEventListener("error", broken);
  }

  const later = document.querySelector("[data-load]");
  if (later) {
    part(later.dataset.load, later.id).then((found) => found && later.replaceWith(found), () => {});
  }
})();
