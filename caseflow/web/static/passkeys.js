// Passkeys: asks the browser with what the page holds and puts the answer into the form. Without this script the page
// offers its other ways.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const make = async (asked) => {
    const made = await navigator.credentials.create({
      publicKey: {
        ...asked,
        challenge: bytes(asked.challenge),
        user: { ...asked.user, id: bytes(asked.user.id) },
        excludeCredentials: known(asked.excludeCredentials),
      },
    });
    return {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(made.response.clientDataJSON),
        attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      },
    };
  };

  const answer = async (asked) => {
    const given = await navigator.credentials.get({
      publicKey: { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) },
    });
    return {
      id: given.id,
      rawId: text(given.rawId),
      type: given.type,
      response: {
        clientDataJSON: text(given.response.clientDataJSON),
        authenticatorData: text(given.response.authenticatorData),
        signature: text(given.response.signature),
        userHandle: given.response.userHandle ? text(given.response.userHandle) : null,
      },
    };
  };

  for (const part of document.querySelectorAll("[data-passkey]")) {
    const form = part.closest("form");
    const button = part.querySelector("button");
    const says = part.querySelector("[data-passkey-says]");
    if (!window.PublicKeyCredential) {
      continue;
    }
    part.querySelector("[data-passkey-without]").hidden = true;
    button.hidden = false;
    button.addEventListener("click", async () => {
      if (!form.reportValidity()) {
        return;
      }
      button.disabled = true;
      says.textContent = part.dataset.waiting;
      try {
        const asked = JSON.parse(part.dataset.options);
        const sent = part.dataset.passkey === "make" ? await make(asked) : await answer(asked);
        form.elements.passkey.value = JSON.stringify(sent);
        form.submit();
      } catch {
        // Stopped by the person, over, or no passkey of this site on the device: the browser does not tell which.
        says.textContent = part.dataset.stopped;
        button.disabled = false;
      }
    });
  }
})();
