// Tries what is typed a moment after the typing stops, and puts the answer's
// parts in the place of the page's. Without scripts the button does it.
"use strict";

{
  const form = document.querySelector("form[data-live]");
  const state = form.querySelector("[data-state]");
  const pause = 600; // milliseconds
  let timer, running;

  async function attempt() {
    running?.abort();
    const own = running = new AbortController();
    const sent = new FormData(form);
    sent.set("do", "live");
    state.textContent = "Trying…";
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent, headers: { Accept: "text/html" }, signal: own.signal, redirect: "manual" });
      if (!answer.ok) {
        state.textContent = answer.status === 413 ? "That is too large to be tried." : "It could not be tried: press the button to see why.";
        return;
      }
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      state.textContent = "";
    } catch (failed) {
      if (failed.name !== "AbortError") state.textContent = "The host does not answer.";
    }
  }

  // What was unfolded stays so.
  function show(page) {
    const open = new Set([...document.querySelectorAll("#outcome details[open] > summary > code")].map(code => code.textContent));
    for (const part of document.querySelectorAll("[data-part]")) {
      const next = page.getElementById(part.id);
      if (next) part.replaceChildren(...next.childNodes);
    }
    for (const code of document.querySelectorAll("#outcome details > summary > code")) {
      code.closest("details").open = open.has(code.textContent);
    }
    for (const [text, part] of [["login", "login-problem"], ["policy", "policy-problems"]]) {
      document.getElementById(text).setAttribute("aria-invalid", String(document.getElementById(part).childElementCount > 0));
    }
  }

  for (const text of form.querySelectorAll("textarea")) {
    text.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(attempt, pause);
    });
  }
}
