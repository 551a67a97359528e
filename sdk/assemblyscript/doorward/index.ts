// Package doorward lets a mapper plugin be written as one AssemblyScript
// function. The boundary itself is specified in sdk/abi/README.md.
//
//     import { Input, Result, run } from "doorward";
//
//     export function map(): i32 { return run(mapper); }
//
//     function mapper(input: Input): Result {
//       const result = new Result();
//       const team = input.get("/sources/userInfo/team").text();
//       if (team !== null) result.roles = ["team-" + team];
//       return result;
//     }

export { abort } from "./abort";
export { Input, Login, User } from "./input";
export { Level, log } from "./log";
export { Member } from "./members";
export { Result, deny, fail } from "./result";
export { run } from "./run";
export { Kind, Value } from "./value";
export { now, random, seed } from "./wasi";
