// A guest that does what no conforming one should, and what the conformance
// kit's does not.

import { Input, Kind, Result, run, Value } from "doorward";

export function map(): i32 {
  return run(mapper);
}

function mapper(input: Input): Result {
  const result = new Result();
  const asked = input.config("/do").text();
  const what: string = asked === null ? "" : asked;
  const value = input.source("userInfo");
  if (what == "throw") throw new Error("no team");
  if (what == "index") result.roles = [["a"][<i32>input.login.time]];
  if (what == "assert") assert(false);
  if (what == "dice") result.setBool("fair", Math.random() != Math.random());
  if (what == "names") setNames(result);
  if (what == "twice") setTwice(result);
  if (what == "json") result.setJSON("json", '{"ü":"😀\uD800"}');
  if (what == "empty") setEmpty(result);
  if (what == "inside") result.set("value", pointed(input, value));
  if (what == "kinds") result.setTexts("kinds", kinds(value));
  return result;
}

/** Names whose order in UTF-16 is not that of their bytes. */
function setNames(result: Result): void {
  const names = ["b", "😀", "ab", "a", "\uffee", "ü", "a\"", "aa"];
  for (let i = 0; i < names.length; i++) result.setInt(names[i], i);
}

function setTwice(result: Result): void {
  result.setInt("a", 1);
  result.setInt("b", i64.MIN_VALUE);
  result.setText("a", "2");
  result.set("a", Value.absent);
}

function setEmpty(result: Result): void {
  result.id = "";
  result.userName = "";
  result.setTexts("none", []);
  result.setText("empty", "");
}

function pointed(input: Input, value: Value): Value {
  const pointer = input.config("/pointer").text();
  return value.get(pointer === null ? "" : pointer);
}

function kinds(value: Value): string[] {
  const names = ["absent", "object", "array", "text", "number", "bool", "null"];
  const kinds: string[] = [];
  const elements = value.member("all").elements();
  for (let i = 0; i < elements.length; i++) kinds.push(names[elements[i].kind]);
  kinds.push(names[Value.absent.kind]);
  kinds.push(value.member("all").isInt || value.int(-7) != -7 || value.bool(true) != true ? "wrong" : names[Kind.Object]);
  return kinds;
}
