// Lets the browser use or make a passkey, and sends what it gave as a form.
//
//   <form data-passkey="get|create" data-options="{…}" hidden>
//     <input type="hidden" name="credential"> … <button>
//
// data-options is what navigator.credentials takes, as JSON, with the member
// publicKey. A form is shown once the browser is known to have passkeys; else
// [data-passkey-missing] is. When a passkey was not given, [data-passkey-failed]
// is shown. A form with data-autofill also offers its passkeys in the inputs
// with autocomplete="… webauthn", without a press of the button.
"use strict";

const able = "PublicKeyCredential" in window && "parseRequestOptionsFromJSON" in PublicKeyCredential;
let waiting; // an offer in the inputs, which a press of a button ends

function show(selector, shown) {
  for (const element of document.querySelectorAll(selector)) element.hidden = !shown;
}

async function ask(form, more) {
  const { publicKey } = JSON.parse(form.dataset.options);
  const made = form.dataset.passkey === "create"
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey), ...more });
  form.elements.credential.value = JSON.stringify(made.toJSON());
}

async function press(form, button) {
  waiting?.abort();
  show("[data-passkey-failed]", false);
  try {
    await ask(form);
  } catch {
    show("[data-passkey-failed]", true); // cancelled, timed out, or none that fits
    return;
  }
  form.requestSubmit(button);
}

async function offer(form) {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  waiting = new AbortController();
  try {
    await ask(form, { mediation: "conditional", signal: waiting.signal });
  } catch {
    return; // a button was pressed, or nothing was chosen
  }
  form.requestSubmit();
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  form.hidden = !able;
  form.addEventListener("submit", (event) => {
    if (form.elements.credential.value !== "") return;
    if (event.submitter?.formNoValidate) return; // cancel
    event.preventDefault();
    press(form, event.submitter);
  });
  if (able && "autofill" in form.dataset) offer(form);
}
show("[data-passkey-missing]", !able);

// A page that comes back from the browser's memory must ask anew.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-passkey]")) form.elements.credential.value = "";
});
