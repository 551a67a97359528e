// Package policy decides which security levels a person holds, by Rego.
//
//	modules + declared levels → New (parse, check, compile, join the rules) → Engine
//	facts → input → one query, or each rule alone → candidates → tree → Decision
//	facts → Explain (decide, then watch the rules that gave nothing) → Explanation
//
// An Engine is immutable; a Slot swaps one for another while requests run; Live
// keeps the decisions of open sessions. The package reads the library and the
// default policy from package policies. It knows nothing of cookies, routes or
// stores, and whatever fails in it withholds levels, never grants one.
package policy
