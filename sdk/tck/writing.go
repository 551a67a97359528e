// The user, the login, and results.

package tck

import "strings"

var user = []check{
	{name: "everything",
		user:   `{"id":"4711","userName":"ada","firstName":"A\u0064a","lastName":"Lovelace","email":"a<b>@example.com","roles":["member","\u00fcber"],"attributes":{"z":false,"level":2.50,"\u0061":{ "k" : [] }}}`,
		config: `"do":"user"`,
		want:   `{"set":{"id":"4711","userName":"ada","firstName":"Ada","lastName":"Lovelace","email":"a<b>@example.com","roles":["member","über"],"attributes":{"a":{ "k" : [] },"level":2.50,"z":false}}}`},
	{name: "nobody yet", config: `"do":"user"`, want: `{}`},
	{name: "a part", user: `{"userName":"ada","attributes":{}}`, config: `"do":"user"`, want: `{"set":{"userName":"ada"}}`},
	{name: "login", config: `"do":"login"`, want: want(`"forceAuth":false,"idp":"corp","protocol":"oidc","time":1577836800`)},
	{name: "another login", login: `{"idp":"c\u00f6rp \"x\"","protocol":"saml","time":4102444800,"forceAuth":true}`, config: `"do":"login"`,
		want: want(`"forceAuth":true,"idp":"cörp \"x\"","protocol":"saml","time":4102444800`)},
}

var writing = []check{
	{name: "everything",
		config: `"do":"set","values":{"attributes":{"b":1,"a":{"y":1,"x":2}},"roles":["r1","r2"],"email":"e@example.com","lastName":"L","firstName":"F","userName":"u","id":"i"}`,
		want:   `{"set":{"id":"i","userName":"u","firstName":"F","lastName":"L","email":"e@example.com","roles":["r1","r2"],"attributes":{"a":{"y":1,"x":2},"b":1}}}`},
	{name: "one", config: `"do":"set","values":{"lastName":"L"}`, want: `{"set":{"lastName":"L"}}`},
	{name: "roles alone", config: `"do":"set","values":{"roles":["r"]}`, want: `{"set":{"roles":["r"]}}`},
	{name: "no values", config: `"do":"set","values":{}`, want: `{}`},
	{name: "empty roles", config: `"do":"set","values":{"roles":[]}`, want: `{"set":{"roles":[]}}`},
	{name: "no role", config: `"do":"norole"`, want: `{"set":{"roles":[]}}`},
	{name: "text is written one way",
		config: `"do":"set","values":{"userName":"\u0041\/\"\\ <&> \u2028é\u00e9\ud83d\ude00"}`,
		want:   `{"set":{"userName":"A/\"\\ <&> ` + "\u2028éé😀" + `"}}`},
	{name: "attributes are kept",
		config: `"do":"set","values":{"attributes":{"n":-0.00e+1,"s":"\u0041\/\u00e9","o":{ "b\u0062" : [ ] , "a":1 },"t":true,"l":[1,"2",null],"e":""}}`,
		want:   want(`"e":"","l":[1,"2",null],"n":-0.00e+1,"o":{ "b\u0062" : [ ] , "a":1 },"s":"\u0041\/\u00e9","t":true`)},
	{name: "attributes in the order of bytes",
		config: `"do":"set","values":{"attributes":{"ab":1,"b":2,"B":3,"a":4,"a.b":5,"é":6,"z":7,"😀":8,"￿":9,"\u00c9":10,"a\"":11,"1":12}}`,
		want:   want(`"1":12,"B":3,"a":4,"a\"":11,"a.b":5,"ab":1,"b":2,"z":7,"É":10,"é":6,"￿":9,"😀":8`)},
	{name: "clear", config: `"do":"clear","names":["roles","email","attributes.a.b","attributes.\u00fc"]`, want: `{"unset":["roles","email","attributes.a.b","attributes.ü"]}`},
	{name: "clear nothing", config: `"do":"clear","names":[]`, want: `{}`},
	{name: "big", config: `"do":"big","n":60000`, want: want(`"text":"` + strings.Repeat("x", 60000) + `"`)},
	{name: "small", config: `"do":"big","n":0`, want: want(`"text":""`)},
}

var ending = []check{
	{name: "nothing", config: `"do":"nothing"`, want: `{}`},
	{name: "deny", config: `"do":"deny","reason":"not \"you\", \u00fc"`, want: `{"deny":{"reason":"not \"you\", ü"}}`},
	{name: "fail", config: `"do":"fail","reason":"no \"mail\": \u00fc"`, failed: `no "mail": ü`},
	{name: "unknown", config: `"do":"something"`, failed: "unknown test"},
	{name: "log debug", config: `"do":"log","level":0,"text":"d\u00e9tail","times":1`, want: `{}`, log: []string{"debug: détail"}},
	{name: "log info", config: `"do":"log","level":1,"text":"a","times":2`, want: `{}`, log: []string{"info: a", "info: a"}},
	{name: "log warn", config: `"do":"log","level":2,"text":"w","times":1`, want: `{}`, log: []string{"warn: w"}},
	{name: "log error", config: `"do":"log","level":3,"text":"e","times":1`, want: `{}`, log: []string{"error: e"}},
	{name: "log nothing", config: `"do":"log","level":1,"text":"a","times":0`, want: `{}`},
}
