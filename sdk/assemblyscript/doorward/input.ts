// What a mapper reads.

import { fetch } from "./fetch";
import { Member } from "./members";
import { encodeToken } from "./pointer";
import { Value } from "./value";

/** One login, as much of it as the plugin was granted. */
export class Input {
  private user_: User | null = null;
  private login_: Login | null = null;

  /**
   * The value at an RFC 6901 pointer of the input: "/sources/userInfo/groups/0".
   * Only that value crosses the boundary. A pointer into a source that the
   * plugin is not granted ends the call and fails the login; a malformed
   * pointer finds nothing.
   */
  get(pointer: string): Value {
    return fetch(pointer);
  }

  /**
   * The value at a pointer inside one source, the whole source when there is
   * none. Who wants several members of a source asks for the source once.
   */
  source(name: string, pointer: string = ""): Value {
    return fetch("/sources/" + encodeToken(name) + pointer);
  }

  /** The value at a pointer inside the plugin's config. */
  config(pointer: string = ""): Value {
    return fetch("/config" + pointer);
  }

  /** The user that the mappers before this one have made. */
  get user(): User {
    let user = this.user_;
    if (user === null) this.user_ = user = new User(fetch("/user"));
    return user;
  }

  /** The facts of this sign-in. */
  get login(): Login {
    let login = this.login_;
    if (login === null) this.login_ = login = new Login(fetch("/login"));
    return login;
  }
}

/** A person as mapped so far; what is not set is null. */
export class User {
  constructor(private value: Value) {}

  get id(): string | null { return this.value.member("id").text(); }
  get userName(): string | null { return this.value.member("userName").text(); }
  get firstName(): string | null { return this.value.member("firstName").text(); }
  get lastName(): string | null { return this.value.member("lastName").text(); }
  get email(): string | null { return this.value.member("email").text(); }

  /** The roles, a new list each time. */
  get roles(): string[] {
    const roles = this.value.member("roles").texts();
    return roles === null ? [] : roles;
  }

  /** The attribute called name, absent when it is not set. */
  attribute(name: string): Value {
    return this.value.member("attributes").member(name);
  }

  /** All attributes. */
  get attributes(): Member[] {
    return this.value.member("attributes").members();
  }
}

/** The facts of a sign-in. */
export class Login {
  /** The provider's name in the host's configuration. */
  readonly idp: string;
  /** oidc, saml, id-token or builtin. */
  readonly protocol: string;
  /** When the host received the provider's answer, in Unix seconds. */
  readonly time: i64;
  /** Whether the person was asked to prove their credentials anew. */
  readonly forceAuth: bool;

  constructor(value: Value) {
    const idp = value.member("idp").text();
    const protocol = value.member("protocol").text();
    this.idp = idp === null ? "" : idp;
    this.protocol = protocol === null ? "" : protocol;
    this.time = value.member("time").int();
    this.forceAuth = value.member("forceAuth").isTrue;
  }
}
