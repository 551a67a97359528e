// Values read in each way that the SDK has.

import { fail, Kind, Result, Value } from "doorward";

/** Says in attributes what value is when it is read as what. */
export function read(what: string, value: Value): Result {
  const result = new Result();
  if (what == "get") {
    result.setBool("found", value.found);
    if (value.found) result.setJSON("value", "[" + value.json() + "]");
  } else if (what == "text") {
    const text = value.text();
    result.setBool("ok", text !== null);
    if (text !== null) result.setText("value", text);
  } else if (what == "texts") {
    const texts = value.texts();
    result.setBool("ok", texts !== null);
    if (texts !== null) result.setTexts("value", texts);
  } else if (what == "int") {
    result.setBool("ok", value.isInt);
    if (value.isInt) result.setInt("value", value.int());
  } else if (what == "number") {
    const digits = value.number();
    result.setBool("ok", digits !== null);
    if (digits !== null) result.setText("value", digits);
  } else if (what == "bool") {
    result.setBool("ok", value.kind == Kind.Bool);
    if (value.kind == Kind.Bool) result.setBool("value", value.bool());
  } else if (what == "members") {
    result.setBool("ok", value.kind == Kind.Object);
    if (value.kind == Kind.Object) result.setTexts("names", names(value));
  } else {
    return fail("unknown test");
  }
  return result;
}

function names(value: Value): string[] {
  const names: string[] = [];
  const members = value.members();
  for (let i = 0; i < members.length; i++) names.push(members[i].name);
  return names;
}
