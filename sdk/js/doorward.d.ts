// Types of doorward.js, as a module and as the global `doorward` of a classic
// script. Times named until, authTime, requestedAt and receivedAt are Unix
// seconds; timestamp is Unix milliseconds; timeout is milliseconds.

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A held security level. */
export interface Level {
  name: string;
  /** When it ends; absent when it has no end. */
  until?: number;
  children: Level[];
}

/** The mapped user. Every member is there; it is empty when the attribute is absent. */
export interface User {
  id: string;
  userName: string;
  firstName: string;
  lastName: string;
  email: string;
  roles: string[];
  /** When the host last received the answer that produced this user; 0 for nobody. It is not when a password was typed. */
  timestamp: number;
  attributes: { [name: string]: Json };
}

/** Who is signed in at this origin, and which levels they hold now. */
export interface Session {
  authenticated: boolean;
  /** The provider's name in the host's configuration; empty for nobody. */
  idp: string;
  user: User;
  securityLevels: Level[];
  /** What the provider said, source by source; token strings are digests. */
  idpAttributes: { [source: string]: { [member: string]: Json } };
}

/** What the last sign-in proved, as the host verified it. */
export interface Proof {
  /** The host verified that this sign-in re-authenticated the person. */
  performed: boolean;
  requestedAt: number;
  receivedAt: number;
  /** The sign-in asked for a new proof. */
  forceAuth?: boolean;
  /** How old, in seconds, the sign-in allowed the proof to be. */
  maxAge?: number;
  /** The authentication contexts that the provider was asked for. */
  acrValues?: string[];
  /** When the person proved their credentials; absent when the provider did not say. */
  authTime?: number;
  /** The provider says that it asked the person for this very sign-in. */
  challenged?: boolean;
  /** Authentication methods, RFC 8176. */
  amr?: string[];
  /** What the provider says of the context. It need not be one that it was asked for. */
  acr?: string;
}

export interface LoginOptions {
  /** A level that must be held in the end, such as "Authenticated/Fresh". */
  level?: string;
  /** The same by acr_values of RFC 9470, with spaces between them: one of these must be so in the end. */
  acrValues?: string;
  /** The person must prove who they are anew, whatever is held already. */
  forceAuth?: boolean;
  /** The proof may be this many seconds old when login is called; 0 is forceAuth. */
  maxAge?: number;
  /** The provider's name; the person chooses when there are several. */
  idp?: string;
  /** Whom the provider should suggest, at most 256 bytes. */
  loginHint?: string;
  /**
   * Without it a popup, or a redirect when the browser opens none. "popup":
   * rejects with popup_blocked instead. "redirect": leaves the page; the promise
   * never settles, and the events say how it ended.
   */
  mode?: "popup" | "redirect";
  /** Where a redirect returns to, on this origin; the present address by default, its #fragment too. */
  returnTo?: string | URL;
  /** Gives the wait up: rejects with aborted. */
  signal?: AbortSignal;
  /** How long a popup may take, 600000 by default; Infinity is 24 days. */
  timeout?: number;
}

/** What a login came to. */
export interface LoginResult {
  session: Session;
  proof: Proof;
  /** The level that was asked for. It is held. */
  level?: string;
  /** When that level ends; absent when it has no end. */
  until?: number;
  /** Nobody was proved anew: what was asked for was there already. Never so with forceAuth. */
  alreadyHeld: boolean;
}

/** What login resolves with when forceAuth was asked for. */
export interface ProvedResult extends LoginResult {
  proof: Proof & { performed: true };
  alreadyHeld: false;
}

/** The last sign-in, and what is held now. */
export interface SignIn {
  timestamp: number;
  securityLevels: Level[];
  proof: Proof;
}

/** A sign-in that this page learns of. */
export interface LoginEvent extends SignIn {
  /** What login({mode: "redirect"}) of this tab asked for and got; absent otherwise. */
  asked?: { level?: string; acrValues?: string; forceAuth: boolean; maxAge?: number };
}

export interface Events {
  /** Somebody signed in, or the session goes on with a sign-in that proved nobody anew. */
  login: LoginEvent;
  /** The person of this session was proved anew. */
  reauthenticated: LoginEvent;
  /** Other levels are held than before: one ended, one was gained. */
  levels: { securityLevels: Level[] };
  /** The provider's tokens were refreshed. */
  refreshed: SignIn;
  /** The session has ended. */
  logout: {};
  /** A redirect login that came back without what it asked for, or a host that cannot be reached. */
  error: DoorwardError;
}

/** What login and session reject with. */
export declare class DoorwardError extends Error {
  constructor(code: string, message: string, status?: number);
  readonly name: "DoorwardError";
  /**
   * not_proved, level_not_held, person_mismatch, popup_blocked, popup_closed,
   * no_challenge, return_to_refused, aborted, timeout, login_failed, unreachable, or a code of
   * the host (docs/errors.md), such as login_cancelled or reauth_not_performed.
   */
  readonly code: string;
  /** The HTTP status, when the host answered. */
  readonly status?: number;
}

/** Asks the host who is signed in now. */
export declare function session(): Promise<Session>;

/**
 * Signs the person in, or proves them again. Resolves only when the host says
 * that what was asked for is so; rejects otherwise. Call it from a click.
 */
export declare function login(options: LoginOptions & { forceAuth: true }): Promise<ProvedResult>;
export declare function login(options?: LoginOptions): Promise<LoginResult>;

/**
 * Hands an application's step-up challenge (RFC 9470) to the host: a response
 * with status 401, or the text of its WWW-Authenticate header. It settles as
 * login does; ask the application again then. Rejects with no_challenge when the
 * header asks for something else. Call it from a click.
 */
export declare function stepUp(
  challenge: string | Response,
  options?: Omit<LoginOptions, "level" | "acrValues" | "maxAge">,
): Promise<LoginResult>;

/**
 * Leaves the page and ends the session, here and at the provider. With
 * everywhere, all of the person's sessions at this host end, on other devices
 * too.
 */
export declare function logout(options?: { returnTo?: string | URL; everywhere?: boolean }): void;

/** Calls listener at each event until the function it returns is called. */
export declare function on<E extends keyof Events>(event: E, listener: (data: Events[E]) => void): () => void;

declare const doorward: {
  readonly session: typeof session;
  readonly login: typeof login;
  readonly stepUp: typeof stepUp;
  readonly logout: typeof logout;
  readonly on: typeof on;
  readonly DoorwardError: typeof DoorwardError;
};
export default doorward;

/** The global of the classic script is what the module exports. */
export as namespace doorward;
