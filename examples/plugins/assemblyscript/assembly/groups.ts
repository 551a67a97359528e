// Groups that become roles.

import { Value } from "doorward";

export class Groups {
  private prefix: string;
  /** How many groups were seen. */
  seen: i32 = 0;
  /** How many of them became roles. */
  added: i32 = 0;

  /** Groups that begin with prefix are added to roles. */
  constructor(
    prefix: string | null,
    readonly roles: string[],
  ) {
    this.prefix = prefix === null ? "" : prefix;
  }

  /** Takes what a provider says; false when that is no string and no list of strings. */
  add(groups: Value): bool {
    if (!groups.found || groups.isNull) return true;
    const one = groups.text();
    if (one !== null) {
      this.group(one);
      return true;
    }
    const list = groups.texts();
    if (list === null) return false;
    for (let i = 0; i < list.length; i++) this.group(list[i]);
    return true;
  }

  private group(group: string): void {
    this.seen++;
    if (group.length <= this.prefix.length || !group.startsWith(this.prefix)) return;
    const role = group.substring(this.prefix.length);
    if (this.roles.includes(role)) return;
    this.roles.push(role);
    this.added++;
  }
}
