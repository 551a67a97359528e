// The mapper "staff" in JavaScript: from the input's text to the result's.
function staff(text) {
  const input = JSON.parse(text);
  const claims = input.sources.idTokenClaims || {};
  const info = input.sources.userInfo || {};
  if (info.suspended === true) return JSON.stringify({ deny: { reason: "the account is suspended" } });
  const string = (...values) => values.find((v) => typeof v === "string" && v !== "");
  const seen = [];
  for (const groups of [claims.groups, info.groups]) {
    if (typeof groups === "string") seen.push(groups);
    else if (Array.isArray(groups) && groups.every((g) => typeof g === "string")) seen.push(...groups);
    else if (groups !== undefined && groups !== null) throw new Error("groups is neither a string nor a list of strings");
  }
  const prefix = input.config.prefix || "";
  const roles = input.user.roles || [];
  for (const group of seen) {
    if (!group.startsWith(prefix)) continue;
    const role = group.slice(prefix.length);
    if (role !== "" && !roles.includes(role)) roles.push(role);
  }
  const set = {};
  const put = (name, value) => { if (value !== undefined) set[name] = value; };
  const name = string(claims.preferred_username);
  put("userName", name && name.toLowerCase());
  put("firstName", string(info.given_name, claims.given_name));
  put("lastName", string(info.family_name, claims.family_name));
  const email = claims.email_verified === true ? string(claims.email) : undefined;
  put("email", email);
  set.roles = roles;
  set.attributes = { groupCount: seen.length };
  if (typeof info.locale === "string") set.attributes.locale = info.locale;
  if (claims.org !== undefined && claims.org !== null) set.attributes.org = claims.org;
  return JSON.stringify(email === undefined ? { set, unset: ["email"] } : { set });
}
