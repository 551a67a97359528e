// The bytes of a value inside a JSON text, as received: JSON.parse would lose
// digits and escapes.

/** The bytes at an RFC 6901 pointer of text, -1 when there are none, -2 when the pointer is malformed. */
export function find(text, pointer) {
  if (pointer !== "" && pointer[0] !== "/" || /~(?![01])/.test(pointer) || Buffer.byteLength(pointer) > 4096) return -2;
  const tokens = pointer.split("/").slice(1).map((token) => token.replaceAll("~1", "/").replaceAll("~0", "~"));
  let at = space(text, 0);
  for (const token of tokens) {
    at = text[at] === 0x7b ? member(text, at, token) : text[at] === 0x5b ? element(text, at, token) : -1;
    if (at < 0) return -1;
  }
  return text.subarray(at, skip(text, at));
}

function member(text, at, name) {
  for (at = space(text, at + 1); text[at] === 0x22;) {
    const end = skip(text, at);
    const value = space(text, space(text, end) + 1);
    if (JSON.parse(String(text.subarray(at, end))) === name) return value;
    at = space(text, space(text, skip(text, value)) + 1);
  }
  return -1;
}

function element(text, at, index) {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(index)) return -1;
  at = space(text, at + 1);
  for (let left = Number(index); at < text.length && text[at] !== 0x5d; left--) {
    if (left === 0) return at;
    at = space(text, skip(text, at));
    if (text[at] === 0x5d) return -1;
    at = space(text, at + 1);
  }
  return -1;
}

function space(text, at) {
  while (at < text.length && [0x20, 0x09, 0x0a, 0x0d].includes(text[at])) at++;
  return at;
}

/** The end of the value that begins at at. */
function skip(text, at) {
  if (text[at] === 0x22) {
    for (at++; at < text.length && text[at] !== 0x22; at++) if (text[at] === 0x5c) at++;
    return at + 1;
  }
  if (text[at] !== 0x7b && text[at] !== 0x5b) {
    while (at < text.length && !/[\s,\]}]/.test(String.fromCharCode(text[at]))) at++;
    return at;
  }
  for (let depth = 0; at < text.length;) {
    if (text[at] === 0x22) {
      at = skip(text, at);
      continue;
    }
    const c = text[at++];
    if (c === 0x7b || c === 0x5b) depth++;
    if ((c === 0x7d || c === 0x5d) && --depth === 0) break;
  }
  return at;
}

/** A JSON text without the white space between its tokens. */
export function compact(text) {
  return String(text).replace(/("(?:[^"\\]|\\.)*")|[ \t\r\n]+/g, (_, string) => string ?? "");
}
