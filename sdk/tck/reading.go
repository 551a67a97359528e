// Typed reading.

package tck

import "strings"

// claims has a member for each thing that is read wrongly somewhere.
const claims = `{ "text" : "ada" , "empty":"", "escapes":"\"\\\/\b\f\n\r\t\u0000\u007f", "unicode":"Ü\u00dc😀\ud83d\ude00\u2028\u0080", "a\u0062c":"named by an escape",
	"a/b":"slash", "a~b":"tilde", "~1":"both", "":"nameless", "\ud83d\ude00":"smile",
	"list":["a","\u0062",""], "none":[], "mixed":["a",1], "nested":[["a"]], "spaced": [ "a" , "b" ] ,
	"zero":0, "minus":-0, "int":42, "negative":-42, "max":9223372036854775807, "min":-9223372036854775808,
	"over":9223372036854775808, "under":-9223372036854775809, "big":12345678901234567890.10, "fraction":1.50, "whole":1.0, "exponent":1E+400, "digits":"42",
	"yes":true, "no":false, "null":null, "word":"true",
	"object":{"b":1,"\u0061":{"x":[{}]}, "Ü":[] ,"c\"":"}"}, "hollow":{}, "tight":{"a":{"b":{"c":"deep"}}} }`

const at = `,"pointer":"/sources/idTokenClaims/`

// want is the result with these attributes.
func want(attributes string) string { return `{"set":{"attributes":{` + attributes + `}}}` }

// reads is a check of one reading; an empty value means that there is none.
func reads(do, pointer, value string) check {
	result := want(`"ok":true,"value":` + value)
	switch {
	case value == "" && do == "get":
		result = want(`"found":false`)
	case value == "":
		result = want(`"ok":false`)
	case do == "get":
		result = want(`"found":true,"value":[` + value + `]`)
	case do == "members":
		result = want(`"names":` + value + `,"ok":true`)
	}
	return check{name: do + " " + pointer, claims: claims, config: `"do":"` + do + `"` + at + pointer + `"`, want: result}
}

var reading = readings()

func readings() []check {
	var all []check
	for _, r := range [][3]string{
		{"get", "text", `"ada"`}, {"get", "null", `null`}, {"get", "absent", ``}, {"get", "object", `{"b":1,"\u0061":{"x":[{}]}, "Ü":[] ,"c\"":"}"}`},
		{"get", "spaced", `[ "a" , "b" ]`}, {"get", "big", `12345678901234567890.10`}, {"get", "escapes", `"\"\\\/\b\f\n\r\t\u0000\u007f"`},
		{"get", "a~1b", `"slash"`}, {"get", "a~0b", `"tilde"`}, {"get", "~01", `"both"`}, {"get", "", `"nameless"`}, {"get", "abc", `"named by an escape"`}, {"get", "😀", `"smile"`},
		{"get", "list/1", `"\u0062"`}, {"get", "list/3", ``}, {"get", "list/01", ``}, {"get", "list/-", ``}, {"get", "text/0", ``}, {"get", "tight/a/b/c", `"deep"`}, {"get", "object/a/x/0", `{}`},

		{"text", "text", `"ada"`}, {"text", "empty", `""`}, {"text", "escapes", `"\"\\/\u0008\u000c\u000a\u000d\u0009\u0000\u007f"`},
		{"text", "unicode", `"ÜÜ😀😀` + "\u2028\u0080" + `"`}, {"text", "absent", ``}, {"text", "null", ``}, {"text", "int", ``}, {"text", "list", ``}, {"text", "yes", ``}, {"text", "hollow", ``},

		{"texts", "list", `["a","b",""]`}, {"texts", "none", `[]`}, {"texts", "spaced", `["a","b"]`}, {"texts", "mixed", ``}, {"texts", "nested", ``},
		{"texts", "text", ``}, {"texts", "null", ``}, {"texts", "absent", ``}, {"texts", "object", ``},

		{"int", "zero", `0`}, {"int", "minus", `0`}, {"int", "int", `42`}, {"int", "negative", `-42`}, {"int", "max", `9223372036854775807`}, {"int", "min", `-9223372036854775808`},
		{"int", "over", ``}, {"int", "under", ``}, {"int", "big", ``}, {"int", "whole", ``}, {"int", "exponent", ``}, {"int", "digits", ``}, {"int", "null", ``}, {"int", "absent", ``},

		{"number", "zero", `"0"`}, {"number", "minus", `"-0"`}, {"number", "big", `"12345678901234567890.10"`}, {"number", "fraction", `"1.50"`}, {"number", "exponent", `"1E+400"`},
		{"number", "over", `"9223372036854775808"`}, {"number", "digits", ``}, {"number", "yes", ``}, {"number", "absent", ``},

		{"bool", "yes", `true`}, {"bool", "no", `false`}, {"bool", "word", ``}, {"bool", "null", ``}, {"bool", "zero", ``}, {"bool", "absent", ``},

		{"members", "object", `["b","a","Ü","c\""]`}, {"members", "hollow", `[]`}, {"members", "list", ``}, {"members", "text", ``}, {"members", "null", ``}, {"members", "absent", ``},
	} {
		all = append(all, reads(r[0], r[1], r[2]))
	}
	many := strings.Repeat(`"group-0123456789",`, 1000)
	return append(all,
		check{name: "the version", config: `"do":"int","pointer":"/version"`, want: want(`"ok":true,"value":1`)},
		check{name: "the whole input", config: `"do":"members","pointer":""`, want: want(`"names":["version","sources","user","login","config"],"ok":true`), whole: true},
		check{name: "the config", config: `"pointer":"/config","do":"members"`, want: want(`"names":["pointer","do"],"ok":true`), whole: true},
		check{name: "no slash", claims: claims, config: `"do":"get","pointer":"sources"`, want: want(`"found":false`)},
		check{name: "a bad escape", claims: claims, config: `"do":"text"` + at + `a~2"`, want: want(`"ok":false`)},
		check{name: "a granted source that is not there", config: `"do":"members","pointer":"/sources/userInfo/address"`, want: want(`"ok":false`)},
		// Larger than what an SDK has room for at first.
		check{name: "a long text", claims: `{"long":"` + strings.Repeat("ü", 10000) + `"}`, config: `"do":"text"` + at + `long"`, want: want(`"ok":true,"value":"` + strings.Repeat("ü", 10000) + `"`)},
		check{name: "a long list", claims: `{"long":[` + many + `"last"]}`, config: `"do":"texts"` + at + `long"`, want: want(`"ok":true,"value":[` + many + `"last"]`)},
		check{name: "a long pointer", claims: `{"` + strings.Repeat("n", 3000) + `":1}`, config: `"do":"int"` + at + strings.Repeat("n", 3000) + `"`, want: want(`"ok":true,"value":1`)},
	)
}
