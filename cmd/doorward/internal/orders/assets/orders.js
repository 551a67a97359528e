// Approves an order after the person proved again who they are, and only then.
// Without this script the link leads to a page that asks the same way.
"use strict";

{
  const said = document.getElementById("said");
  const held = document.getElementById("held");
  let waiting; // the approval that waits for the other window

  const clock = seconds => new Date(seconds * 1000).toISOString().slice(11, 19) + " UTC";
  const say = (text, good) => {
    said.textContent = text;
    said.classList.toggle("good", good === true);
    said.hidden = false;
  };

  // Reasons that the person brought about.
  const reasons = {
    person_mismatch: "someone else signed in",
    not_proved: "the provider did not ask who you are",
    timeout: "the other window was left alone for too long",
    popup_closed: "the other window was closed",
  };

  async function approve(link) {
    waiting?.abort();
    waiting = new AbortController();
    const order = link.dataset.order;
    say("Order " + order + " waits for the other window.");
    const { proof, session } = await doorward.login({ level: "Authenticated/Fresh", forceAuth: true, mode: "popup", signal: waiting.signal });
    // The host has seen the proof, or this line is not reached. It guards the
    // address below too: this script is no guard.
    const answer = await fetch("/approve", { method: "POST", body: new URLSearchParams({ order }) });
    if (!answer.ok) throw new Error("the application refused (" + answer.status + ")");
    const done = document.createElement("span");
    done.className = "done";
    done.textContent = "Approved by " + session.user.userName;
    link.replaceWith(done);
    show(session.securityLevels);
    say("Order " + order + " is approved. Proved at " + clock(proof.authTime) + " by " + (proof.amr || []).join(" and ") +
      (proof.challenged ? "; the provider asked for it at this very sign-in." : "."), true);
  }

  // show lists the levels of the host's tree by their paths.
  function show(tree) {
    const paths = (levels, above) => levels.flatMap(l => [above + l.name, ...paths(l.children || [], above + l.name + "/")]);
    held?.replaceChildren(...paths(tree, "").map(path => Object.assign(document.createElement("li"), { textContent: path })));
  }

  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-order]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    approve(link).catch(e => {
      if (e.code === "popup_blocked") location.assign(link.href);
      else if (e.code !== "aborted") say("Order " + link.dataset.order + " is not approved: " + (reasons[e.code] || e.message) + ".");
    });
  });

  // signedOut takes the page away. It does not load it again by itself: the
  // provider may just be signing the person out too, and would sign them in.
  function signedOut() {
    const title = Object.assign(document.createElement("h1"), { textContent: "You are signed out" });
    const again = Object.assign(document.createElement("a"), { className: "button primary", href: location.href, textContent: "Sign in again" });
    document.querySelector("main").replaceChildren(title, again);
    document.querySelector(".who").remove();
  }

  doorward.on("levels", event => show(event.securityLevels));
  doorward.on("logout", signedOut);
}
