// Saves a note. When the server wants a fresh proof, doorward.js makes a step-up
// of its challenge, and the call is made once more.
document.querySelector("#save")?.addEventListener("click", async () => {
  const said = document.querySelector("#saved");
  const save = () => fetch("/api/note", { method: "POST" });
  try {
    let answer = await save();
    if (answer.status === 401) {
      await doorward.stepUp(answer);
      answer = await save();
    }
    said.textContent = answer.ok ? `saved ${(await answer.json()).saved}` : `not saved (${answer.status})`;
  } catch (error) {
    said.textContent = `not saved: ${error.message}`;
  }
});
