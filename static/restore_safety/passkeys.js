// A form with data-passkey asks the browser to make a passkey or to use one, then posts the answer.
(() => {
  "use strict";
  const CANCELLED = "That was cancelled, or took too long. Try again.";
  const FAILED = "That passkey could not be used here. Try again, or use another way.";

  const optionsOf = async (form) => {
    const { ask, options } = form.dataset;
    if (options) return JSON.parse(document.getElementById(options).textContent);
    const answer = await fetch(ask, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`The passkey's options were answered with ${answer.status}`);
    return (await answer.json()).request_options;
  };
  const credentialFor = async (form) => {
    const { webauthnJSON } = window;
    const options = await optionsOf(form);
    if (form.dataset.passkey === "get") return webauthnJSON.get(options);
    const choice = options.publicKey.authenticatorSelection;
    // It has to sign in by itself: kept in the device, which proves who holds it.
    Object.assign(choice, {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    });
    return webauthnJSON.create(options);
  };
  const ask = async (form) => {
    const said = form.querySelector("[data-passkey-said]");
    const button = form.querySelector("button");
    said.textContent = "";
    button.disabled = true;
    try {
      form.elements.credential.value = JSON.stringify(await credentialFor(form));
    } catch (error) {
      said.textContent = error.name === "NotAllowedError" ? CANCELLED : FAILED;
      button.disabled = false;
      return;
    }
    form.submit();
  };

  document.addEventListener("DOMContentLoaded", () => {
    if (!window.webauthnJSON?.supported()) return;
    for (const form of document.querySelectorAll("form[data-passkey]")) {
      form.hidden = false;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        ask(form);
      });
    }
  });
})();
