// Lets the browser use or make a passkey, and sends what it gave with the form.
//
//   <form> <input type="hidden" name="credential"> …
//     <button data-passkey="get|create" data-options="{…}" hidden>
//
// data-options is what navigator.credentials takes, as JSON, with the member
// publicKey. The button is shown when the browser has passkeys; [data-passkey-off]
// is hidden then. When no passkey was given, [data-passkey-failed] is shown. A
// form with an input of autocomplete="… webauthn" also offers its passkeys there,
// without a press of the button.
"use strict";

const able = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
let offered; // in an input; a press of a button ends it

function ask(button, more) {
  const { publicKey } = JSON.parse(button.dataset.options);
  if (button.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), ...more });
}

function send(button, credential) {
  button.form.elements.credential.value = JSON.stringify(credential.toJSON());
  button.form.requestSubmit(button);
}

async function press(button) {
  const failed = button.form.querySelector("[data-passkey-failed]");
  offered?.abort();
  if (failed) failed.hidden = true;
  try {
    send(button, await ask(button));
  } catch {
    if (failed) failed.hidden = false; // cancelled, timed out, or none that fits
  }
}

async function offer(button) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  offered = new AbortController();
  try {
    send(button, await ask(button, { mediation: "conditional", signal: offered.signal }));
  } catch {
    // A button was pressed, or nothing was chosen.
  }
}

if (able) {
  for (const element of document.querySelectorAll("[data-passkey-off]")) element.hidden = true;
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", (event) => {
      if (button.form.elements.credential.value !== "") return; // it is being sent
      event.preventDefault();
      press(button);
    });
    if (button.dataset.passkey === "get" && button.form.querySelector('[autocomplete~="webauthn"]')) offer(button);
  }
}

// What a page that comes back from the browser's memory holds was sent before.
addEventListener("pageshow", () => {
  for (const input of document.querySelectorAll("input[name=credential]")) input.value = "";
});
