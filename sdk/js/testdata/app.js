// The application's own script: it asks for what the test put into `asked`, and
// shows what came of it.
"use strict";

window.seen = []; // every event, in order
window.ran = 0; // how often the code after a login ran
window.done = true;

if (location.pathname.startsWith("/live")) {
  for (const name of ["login", "reauthenticated", "levels", "refreshed", "logout", "error"]) {
    doorward.on(name, data => seen.push({ event: name, code: data.code, data }));
  }
}

document.getElementById("go").addEventListener("click", async () => {
  Object.assign(window, { done: false, result: undefined, refused: undefined });
  try {
    window.result = await wanted();
    window.ran++;
  } catch (e) {
    window.refused = e.code ?? String(e);
  }
  window.done = true;
});

// wanted is a login, or the step-up that the application's server asks for.
async function wanted() {
  const { challenge, api, ...options } = window.asked;
  if (api) return doorward.stepUp(await fetch(api), options);
  return challenge ? doorward.stepUp(challenge, options) : doorward.login(options);
}

document.getElementById("leave").addEventListener("click", () => doorward.logout({ returnTo: "/bye" }));
