// Signs in from the locked page: the answer's cookie opens the page that was asked for.
const form = document.querySelector("form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { email, password } = Object.fromEntries(new FormData(form));
  const said = form.querySelector("output");
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/auth/login", { method: "POST", headers, body: JSON.stringify({ email, password }) });
    if (answer.ok) location.reload();
    else said.textContent = (await answer.json()).detail;
  } catch {
    said.textContent = "The server does not answer.";
  }
});
