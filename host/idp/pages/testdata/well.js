// What is wrong with the page for those who do not see it: a list of
// complaints, empty when it is fine.
(() => {
  const complaints = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const ids = all("[id]").map((e) => e.id);
  for (const id of new Set(ids)) {
    if (ids.filter((other) => other === id).length > 1) complaints.push(`two elements have the id ${id}`);
  }
  for (const element of all("[for], [aria-describedby], [aria-labelledby], a[href^='#']")) {
    const refs = [element.htmlFor, element.getAttribute("aria-describedby"), element.getAttribute("aria-labelledby"), element.hash?.slice(1)];
    for (const id of refs.filter(Boolean).flatMap((list) => list.split(" "))) {
      if (!document.getElementById(id)) complaints.push(`${element.tagName} names the id ${id}, which nothing has`);
    }
  }
  for (const input of all("input:not([type=hidden])")) {
    if (!input.labels.length) complaints.push(`the input ${input.name} has no label`);
    if (!input.autocomplete && input.type !== "checkbox") complaints.push(`the input ${input.name} has no autocomplete`);
  }
  for (const form of all("form")) {
    if (form.getAttribute("method") !== "post") complaints.push("a form is not posted");
    const fallback = form.querySelector("button");
    const typed = form.querySelector("input:not([type=hidden], [type=checkbox])");
    if (typed && fallback.value === "cancel") complaints.push("Enter cancels");
  }
  if (all("main").length !== 1) complaints.push("not one main");
  const levels = all("h1, h2, h3").map((h) => Number(h.tagName[1]));
  if (levels.some((level, i) => level > (levels[i - 1] ?? 0) + 1)) complaints.push("a level of headings is left out");
  const bad = all("[aria-invalid=true]");
  const alert = document.getElementById("error");
  if (alert && bad.some((input) => !input.getAttribute("aria-describedby").split(" ").includes("error"))) complaints.push("an error is not tied to its input");
  if (!alert && bad.length) complaints.push("an input is invalid without an error");
  for (const input of bad) {
    const [border, plain] = [getComputedStyle(input).borderColor, getComputedStyle(document.querySelector(".error")).color];
    if (border !== plain) complaints.push(`the invalid input ${input.name} looks like any other`);
  }
  if (all("[style], style, script:not([src])").length) complaints.push("an inline style or script");
  return complaints.join("; ");
})()
