// Tells the window that asked for a sign-in how it ended, and closes this one.
// Both are of one origin; nothing that is told here proves anything.
"use strict";

{
  const { state, error } = document.getElementById("finish").dataset;
  const channel = new BroadcastChannel("doorward");
  channel.postMessage(error ? { type: "finish", state, ok: false, error } : { type: "finish", state, ok: true });
  channel.close();
  setTimeout(() => window.close(), 50); // the message goes first
}
