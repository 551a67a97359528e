// Counts the levels down and reloads the page when one ends, so that what is
// shown is what the host would answer now. Times are Unix seconds.
"use strict";

const offset = Number(document.body.querySelector("[data-now]")?.dataset.now ?? 0) * 1000 - Date.now();
const ending = [...document.querySelectorAll("time[data-until]")];

function left(until) {
  const seconds = Math.max(0, until - Math.floor((Date.now() + offset) / 1000));
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return Math.floor(minutes / 60) + " h " + (minutes % 60) + " min left";
  return minutes + ":" + String(seconds % 60).padStart(2, "0") + " left";
}

function tick() {
  let ended = false;
  for (const time of ending) {
    const until = Number(time.dataset.until);
    time.textContent = left(until);
    ended ||= (Date.now() + offset) / 1000 >= until;
  }
  if (ended) location.reload();
}

if (ending.length > 0) {
  tick();
  setInterval(tick, 1000);
}
