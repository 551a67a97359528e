// What the guest does.

package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	doorward "github.com/doorward/doorward/sdk/go"
)

// calls is how many calls asked for count since the guest began.
var calls int64

type attributes = map[string]doorward.Value

func obey(in *doorward.Input) (doorward.Result, error) {
	do, _ := in.Text("/config/do")
	if read, ok := readings[do]; ok {
		pointer, _ := in.Text("/config/pointer")
		return give(read(in, pointer))
	}
	switch do {
	case "user":
		return doorward.Result{Set: in.User()}, nil
	case "login":
		l := in.Login()
		return give(attributes{"idp": doorward.Text(l.IdP), "protocol": doorward.Text(l.Protocol), "time": doorward.Number(l.Time), "forceAuth": doorward.Bool(l.ForceAuth)})
	case "set":
		return doorward.Result{Set: values(in)}, nil
	case "clear":
		names, _ := in.Texts("/config/names")
		return doorward.Result{Unset: names}, nil
	case "norole":
		return doorward.Result{Set: doorward.User{Roles: []string{}}}, nil
	case "deny":
		reason, _ := in.Text("/config/reason")
		return doorward.Result{Deny: reason}, nil
	case "fail":
		reason, _ := in.Text("/config/reason")
		return doorward.Result{}, errors.New(reason)
	case "nothing":
		return doorward.Result{}, nil
	case "log":
		return doorward.Result{}, log(in)
	case "big":
		n, _ := in.Int("/config/n")
		return give(attributes{"text": doorward.Text(strings.Repeat("x", int(n)))})
	case "random":
		var bytes [16]byte
		rand.Read(bytes[:])
		return give(attributes{"hex": doorward.Text(hex.EncodeToString(bytes[:]))})
	case "time":
		return give(attributes{"time": doorward.Text(strconv.FormatInt(time.Now().UnixNano(), 10))})
	case "count":
		calls++
		return give(attributes{"count": doorward.Number(calls)})
	}
	return doorward.Result{}, errors.New("unknown test")
}

func give(a attributes) (doorward.Result, error) {
	return doorward.Result{Set: doorward.User{Attributes: a}}, nil
}

// readings are what reads the value at a pointer.
var readings = map[string]func(in *doorward.Input, pointer string) attributes{
	"get": func(in *doorward.Input, pointer string) attributes {
		value, found := in.Get(pointer)
		if !found {
			return attributes{"found": doorward.Bool(false)}
		}
		return attributes{"found": doorward.Bool(true), "value": doorward.Value("[" + string(value) + "]")}
	},
	"text": func(in *doorward.Input, pointer string) attributes {
		text, ok := in.Text(pointer)
		return read(ok, doorward.Text(text))
	},
	"texts": func(in *doorward.Input, pointer string) attributes {
		texts, ok := in.Texts(pointer)
		return read(ok, doorward.Texts(texts))
	},
	"int": func(in *doorward.Input, pointer string) attributes {
		n, ok := in.Int(pointer)
		return read(ok, doorward.Number(n))
	},
	"number": func(in *doorward.Input, pointer string) attributes {
		digits, ok := in.Number(pointer)
		return read(ok, doorward.Text(digits))
	},
	"bool": func(in *doorward.Input, pointer string) attributes {
		b, ok := in.Bool(pointer)
		return read(ok, doorward.Bool(b))
	},
	"members": func(in *doorward.Input, pointer string) attributes {
		value, _ := in.Get(pointer)
		names := []string{}
		if !value.Members(func(name string, _ doorward.Value) bool { names = append(names, name); return true }) {
			return attributes{"ok": doorward.Bool(false)}
		}
		return attributes{"ok": doorward.Bool(true), "names": doorward.Texts(names)}
	},
}

func read(ok bool, value doorward.Value) attributes {
	if !ok {
		return attributes{"ok": doorward.Bool(false)}
	}
	return attributes{"ok": doorward.Bool(true), "value": value}
}

func values(in *doorward.Input) doorward.User {
	var u doorward.User
	u.ID, _ = in.Text("/config/values/id")
	u.UserName, _ = in.Text("/config/values/userName")
	u.FirstName, _ = in.Text("/config/values/firstName")
	u.LastName, _ = in.Text("/config/values/lastName")
	u.Email, _ = in.Text("/config/values/email")
	u.Roles, _ = in.Texts("/config/values/roles")
	given, _ := in.Config("/values/attributes")
	u.Attributes = attributes{}
	given.Members(func(name string, v doorward.Value) bool { u.Attributes[name] = v; return true })
	return u
}

func log(in *doorward.Input) error {
	level, _ := in.Int("/config/level")
	text, _ := in.Text("/config/text")
	times, _ := in.Int("/config/times")
	for range times {
		in.Log(doorward.Level(level), text)
	}
	return nil
}
