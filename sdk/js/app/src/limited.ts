// Reading an answer no further than it may go.

/** The body as text; an error when it has more than most bytes, or is no UTF-8. */
export async function limited(response: Response, most: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done || value === undefined) break;
    if ((size += value.byteLength) > most) {
      await reader?.cancel();
      throw new Error(`the answer is longer than ${most} bytes`);
    }
    parts.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(all);
}
