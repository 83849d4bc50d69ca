// Asks how far a long work is, and shows it. Without this script a link on the page does the same.
(() => {
  "use strict";

  const pauseMilliseconds = 2000;
  let told = 0;

  function say(text, percent) {
    // A screen reader is told every tenth, not every look.
    const tenth = Math.floor(percent / 10);
    if (tenth !== told) {
      told = tenth;
      document.querySelector("main [role=status]").textContent = text.trim();
    }
  }

  async function look() {
    let answer;
    try {
      answer = await fetch(location.href);
    } catch {
      // The server may be away for a moment; the page as it stands is still right.
      window.setTimeout(look, pauseMilliseconds * 3);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("[data-progress]");
    if (!answer.ok || !now) {
      // It is over, or something went wrong: either way the page itself says so.
      location.reload();
      return;
    }
    const here = document.querySelector("[data-progress]");
    say(now.textContent, Number(now.dataset.progress));
    here.replaceChildren(...now.childNodes);
    window.setTimeout(look, pauseMilliseconds);
  }

  if (document.querySelector("[data-progress]")) {
    window.setTimeout(look, pauseMilliseconds);
  }
})();
