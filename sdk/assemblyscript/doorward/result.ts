// What a mapper answers.

import { Attribute, ordered } from "./attributes";
import { Value } from "./value";
import { Writer } from "./writer";

/**
 * What a mapper wants changed. What is null, and an empty string, is left as
 * it is; an empty list of roles means no roles. A new Result changes nothing.
 */
export class Result {
  id: string | null = null;
  userName: string | null = null;
  firstName: string | null = null;
  lastName: string | null = null;
  email: string | null = null;
  roles: string[] | null = null;

  /** Refuses the login when it is not empty; for the trace and the audit log. */
  denied: string = "";
  /** Fails the call when it is not null: the reason, for the trace. */
  failed: string | null = null;

  private attributes: Attribute[] = [];
  private unsets: string[] = [];

  /** Sets the attribute called name to value, byte for byte. Absent sets nothing. */
  set(name: string, value: Value): void {
    if (value.found) this.keep(name, value);
  }

  setText(name: string, text: string): void {
    const json = new Writer(<usize>text.length * 6 + 2);
    json.text(text);
    this.written(name, json);
  }

  setTexts(name: string, texts: string[]): void {
    const json = new Writer(256);
    json.texts(texts);
    this.written(name, json);
  }

  setInt(name: string, value: i64): void {
    this.setJSON(name, value.toString());
  }

  setBool(name: string, value: bool): void {
    this.setJSON(name, value ? "true" : "false");
  }

  /** Sets the attribute called name to the value whose JSON text is json. */
  setJSON(name: string, json: string): void {
    const writer = new Writer(<usize>json.length * 3);
    writer.json(json);
    this.written(name, writer);
  }

  private written(name: string, json: Writer): void {
    this.keep(name, new Value(json.start, json.at));
  }

  private keep(name: string, value: Value): void {
    for (let i = 0, n = this.attributes.length; i < n; i++) {
      if (this.attributes[i].name == name) {
        this.attributes[i].value = value;
        return;
      }
    }
    this.attributes.push(new Attribute(name, value));
  }

  /** Removes id, userName, firstName, lastName, email, roles or attributes.NAME. */
  unset(name: string): void {
    this.unsets.push(name);
  }

  /** Writes the result JSON. Equal results give equal bytes. */
  write(to: Writer): void {
    to.byte(0x7b);
    if (this.setsAny()) this.writeSet(to);
    if (this.unsets.length > 0) {
      to.name("unset");
      to.texts(this.unsets);
    }
    if (this.denied.length > 0) {
      to.name("deny");
      to.json('{"reason":');
      to.text(this.denied);
      to.byte(0x7d);
    }
    to.byte(0x7d);
  }

  private setsAny(): bool {
    return given(this.id) || given(this.userName) || given(this.firstName) || given(this.lastName) ||
      given(this.email) || this.roles !== null || this.attributes.length > 0;
  }

  private writeSet(to: Writer): void {
    to.name("set");
    to.byte(0x7b);
    standard(to, "id", this.id);
    standard(to, "userName", this.userName);
    standard(to, "firstName", this.firstName);
    standard(to, "lastName", this.lastName);
    standard(to, "email", this.email);
    const roles = this.roles;
    if (roles !== null) {
      to.name("roles");
      to.texts(roles);
    }
    if (this.attributes.length > 0) this.writeAttributes(to);
    to.byte(0x7d);
  }

  private writeAttributes(to: Writer): void {
    to.name("attributes");
    to.byte(0x7b);
    const attributes = ordered(this.attributes);
    for (let i = 0, n = attributes.length; i < n; i++) {
      const attribute = unchecked(attributes[i]);
      to.name(attribute.name);
      to.bytes(attribute.value.at, attribute.value.end - attribute.value.at);
    }
    to.byte(0x7d);
  }
}

function given(text: string | null): bool {
  return text !== null && text.length > 0;
}

function standard(to: Writer, name: string, value: string | null): void {
  if (value === null || value.length == 0) return;
  to.name(name);
  to.text(value);
}

/** A Result that refuses the login: a decision, not a failure. */
export function deny(reason: string): Result {
  const result = new Result();
  result.denied = reason;
  return result;
}

/** A Result that fails the call: nothing is mapped, reason goes to the trace. */
export function fail(reason: string): Result {
  const result = new Result();
  result.failed = reason;
  return result;
}
