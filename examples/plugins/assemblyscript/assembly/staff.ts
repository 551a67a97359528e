// The plugin staff: a person's names, email and roles from what the provider
// said. Its rules are in sdk/abi/testdata/golden/README.md.

import { deny, fail, Input, Level, log, Result, run, Value } from "doorward";
import { Groups } from "./groups";

export function map(): i32 {
  return run(mapper);
}

function mapper(input: Input): Result {
  const userInfo = input.source("userInfo");
  if (userInfo.member("suspended").isTrue) return deny("the account is suspended");
  const claims = input.source("idTokenClaims");

  const groups = new Groups(input.config("/prefix").text(), input.user.roles);
  if (!groups.add(claims.member("groups")) || !groups.add(userInfo.member("groups"))) {
    return fail("groups is neither a string nor a list of strings");
  }

  const result = new Result();
  result.userName = lower(claims.member("preferred_username").text());
  result.firstName = first(userInfo, claims, "given_name");
  result.lastName = first(userInfo, claims, "family_name");
  result.email = claims.member("email_verified").isTrue ? claims.member("email").text() : null;
  if (!given(result.email)) result.unset("email");
  result.roles = groups.roles;
  result.setInt("groupCount", groups.seen);
  const locale = userInfo.member("locale").text();
  if (locale !== null) result.setText("locale", locale);
  const org = claims.member("org");
  if (!org.isNull) result.set("org", org);
  log(Level.Info, `${groups.added} of ${groups.seen} groups became roles`);
  return result;
}

/** The string that is not empty of the first source that has one. */
function first(one: Value, other: Value, name: string): string | null {
  const text = one.member(name).text();
  return given(text) ? text : other.member(name).text();
}

function given(text: string | null): bool {
  return text !== null && text.length > 0;
}

/** Text with A to Z in lower case. */
function lower(text: string | null): string | null {
  if (text === null) return null;
  let out = "";
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x41 || unit > 0x5a) continue;
    out += text.substring(from, i) + String.fromCharCode(unit | 0x20);
    from = i + 1;
  }
  return out + text.substring(from);
}
