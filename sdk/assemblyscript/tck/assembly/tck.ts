// The conformance kit's guest in AssemblyScript: it does what its config says.
// What that can be stands in sdk/tck/README.md.

import { deny, fail, Input, Level, log, now, random, Result, run } from "doorward";
import { read } from "./read";

export function map(): i32 {
  return run(obey);
}

/** How many calls asked for count since the guest began. */
let calls: i64 = 0;

function obey(input: Input): Result {
  const config = input.config();
  const asked = config.member("do").text();
  const what: string = asked === null ? "" : asked;
  const pointer = config.member("pointer").text();
  if (pointer !== null) return read(what, input.get(pointer));

  const result = new Result();
  if (what == "user") {
    again(input, result);
  } else if (what == "login") {
    result.setText("idp", input.login.idp);
    result.setText("protocol", input.login.protocol);
    result.setInt("time", input.login.time);
    result.setBool("forceAuth", input.login.forceAuth);
  } else if (what == "set") {
    set(input, result);
  } else if (what == "clear") {
    const names = config.member("names").texts();
    if (names !== null) for (let i = 0; i < names.length; i++) result.unset(names[i]);
  } else if (what == "norole") {
    result.roles = [];
  } else if (what == "deny" || what == "fail") {
    const given = config.member("reason").text();
    const reason: string = given === null ? "" : given;
    return what == "deny" ? deny(reason) : fail(reason);
  } else if (what == "log") {
    const text = config.member("text").text();
    const level = <Level>(<i32>config.member("level").int());
    for (let i = config.member("times").int(); i > 0; i--) log(level, text === null ? "" : text);
  } else if (what == "big") {
    result.setText("text", "x".repeat(<i32>config.member("n").int()));
  } else if (what == "random") {
    result.setText("hex", hexadecimal(random(16)));
  } else if (what == "time") {
    result.setText("time", now().toString());
  } else if (what == "count") {
    calls++;
    result.setInt("count", calls);
  } else if (what != "nothing") {
    return fail("unknown test");
  }
  return result;
}

/** Sets what the user has. */
function again(input: Input, result: Result): void {
  const user = input.user;
  result.id = user.id;
  result.userName = user.userName;
  result.firstName = user.firstName;
  result.lastName = user.lastName;
  result.email = user.email;
  result.roles = input.get("/user/roles").texts();
  const attributes = user.attributes;
  for (let i = 0; i < attributes.length; i++) result.set(attributes[i].name, attributes[i].value);
}

/** Sets what the config says. */
function set(input: Input, result: Result): void {
  const values = input.config("/values");
  result.id = values.member("id").text();
  result.userName = values.member("userName").text();
  result.firstName = values.member("firstName").text();
  result.lastName = values.member("lastName").text();
  result.email = values.member("email").text();
  result.roles = values.member("roles").texts();
  const attributes = values.member("attributes").members();
  for (let i = 0; i < attributes.length; i++) result.set(attributes[i].name, attributes[i].value);
}

function hexadecimal(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) text += (0x100 + <u32>bytes[i]).toString(16).substring(1);
  return text;
}
