// Pointers of RFC 6901.

/** Where the token ends that nextToken read. */
export let tokenEnd: i32 = 0;

/** The decoded token whose slash is at from; null when the pointer is malformed. */
export function nextToken(pointer: string, from: i32): string | null {
  if (pointer.charCodeAt(from) != 0x2f) return null;
  const end = pointer.indexOf("/", from + 1);
  tokenEnd = end < 0 ? pointer.length : end;
  const token = pointer.substring(from + 1, tokenEnd);
  return token.includes("~") ? decodeToken(token) : token;
}

function decodeToken(token: string): string | null {
  for (let at = token.indexOf("~"); at >= 0; at = token.indexOf("~", at + 1)) {
    const code = at + 1 < token.length ? token.charCodeAt(at + 1) : 0;
    if (code != 0x30 && code != 0x31) return null;
  }
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** Name as a token, with ~ and / escaped. */
export function encodeToken(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
