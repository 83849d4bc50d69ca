// Shows how much of a long upload is sent. Without this script the form is sent as any other.
(() => {
  "use strict";

  function follow(form) {
    const file = form.querySelector("input[type=file]");
    const room = form.querySelector(".upload-progress");
    const bar = room.querySelector("progress");
    const stop = room.querySelector("button");
    const status = form.querySelector(".upload-status");
    const send = form.querySelector("button[type=submit]");
    const words = form.dataset;

    function say(text, wrong = false) {
      status.classList.toggle("fault", wrong);
      status.textContent = text;
    }

    function rest(text) {
      room.hidden = true;
      send.disabled = false;
      say(text, true);
    }

    function answered(request) {
      // An answer of another page is gone to, so that reading it again and going back lead where they should.
      if (new URL(request.responseURL, location.href).pathname !== new URL(form.action, location.href).pathname) {
        location.assign(request.responseURL);
        return;
      }
      const page = new DOMParser().parseFromString(request.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main) {
        rest(words.broken);
        return;
      }
      document.title = page.title;
      document.querySelector("main").replaceWith(document.adoptNode(main));
      const told = document.querySelector(".faults, .notice");
      if (told) {
        told.tabIndex = -1;
        told.focus();
      }
      window.scrollTo(0, 0);
      document.querySelectorAll("form[data-upload]").forEach(follow);
    }

    form.addEventListener("submit", (event) => {
      const chosen = file.files[0];
      if (!chosen) {
        return;
      }
      event.preventDefault();
      if (chosen.size > Number(words.limit)) {
        say(words.tooLarge, true);
        file.focus();
        return;
      }
      const request = new XMLHttpRequest();
      let told = -1;
      request.upload.addEventListener("progress", (now) => {
        if (!now.lengthComputable) {
          return;
        }
        const percent = Math.floor((now.loaded / now.total) * 100);
        bar.value = percent;
        // A screen reader is told every tenth, not every packet.
        if (Math.floor(percent / 10) > told) {
          told = Math.floor(percent / 10);
          say(words.sending.replace("{percent}", `${told * 10} %`));
        }
      });
      request.upload.addEventListener("load", () => {
        bar.removeAttribute("value");
        say(words.checking);
      });
      request.addEventListener("load", () => answered(request));
      request.addEventListener("error", () => rest(words.broken));
      request.addEventListener("abort", () => rest(words.stopped));
      stop.onclick = () => request.abort();
      bar.value = 0;
      room.hidden = false;
      send.disabled = true;
      request.open("POST", form.action);
      request.send(new FormData(form));
    });
  }

  document.querySelectorAll("form[data-upload]").forEach(follow);
})();
