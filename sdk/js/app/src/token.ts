// An access token that does not print itself.

/** An access token of the session's identity provider. Printing it does not show it. */
export class Token {
  readonly #value: string;
  constructor(
    value: string,
    /** Bearer */
    readonly type: string,
    /** Milliseconds: when it ends; undefined when the provider did not say. */
    readonly expires: number | undefined,
  ) {
    this.#value = value;
  }
  /** The token itself. */
  reveal(): string {
    return this.#value;
  }
  /** The value of an Authorization header. */
  authorization(): string {
    return `${this.type} ${this.#value}`;
  }
  toString(): string {
    return "[a token]";
  }
  toJSON(): string {
    return "[a token]";
  }
}
