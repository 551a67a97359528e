// @ts-check
// The one page of the wiki.

/** @param {unknown} text */
const html = (text) => String(text ?? "").replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/**
 * @param {string} title
 * @param {import("@doorward/app").Identity | null} id
 * @param {{secret?: string, session?: import("@doorward/app").Session, api?: string}} data
 */
export function page(title, id, { secret, session, api }) {
  const who = id
    ? `<p>You are <strong>${html(id.claims["given"] ?? id.user)}</strong>.</p>
<dl>
<dt>Signed in at</dt><dd>${html(id.idp)}</dd>
<dt>Roles</dt><dd>${html(id.roles.join(", ") || "none")}</dd>
<dt>Levels</dt><dd>${html(id.levels.join(", "))}</dd>
</dl>`
    : "<p>Nobody is signed in. This page is for everybody; the others are not.</p>";
  const parts = [
    secret && `<p class="note">${html(secret)}</p>`,
    session && `<h2>What Doorward says now</h2>\n<p>${html(session.user.userName)} (${html(session.user.id)}), ${html(session.user.email || "without an address")}</p>`,
    api && `<h2>What the API says, asked with the person's token</h2>\n<pre>${html(api)}</pre>`,
    id && `<h2>A script's call that needs a fresh proof</h2>\n<p><button id="save" type="button">Save a note</button> <output id="saved"></output></p>`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(title)} – Wiki</title>
<link rel="stylesheet" href="/style.css">
<script src="/.doorward/doorward.js" defer></script>
<script src="/note.js" defer></script>
</head>
<body>
<header>
<strong>Wiki</strong>
<nav>
<a href="/">Home</a>
<a href="/mine">My session</a>
<a href="/secrets">Secrets</a>
<a href="/admin">Administration</a>
${id ? '<a href="/.doorward/logout">Sign out</a>' : '<a href="/.doorward/start?return_to=/">Sign in</a>'}
</nav>
</header>
<main>
<h1>${html(title)}</h1>
${[who, ...parts].filter(Boolean).join("\n")}
</main>
</body>
</html>
`;
}
