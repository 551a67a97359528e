// Problem documents: errors for programs.

package web

import (
	"bytes"
	"encoding/json"

	"github.com/doorward/doorward/host/login"
)

// problem is a problem document (RFC 9457).
type problem struct {
	Type      string     `json:"type"`
	Title     string     `json:"title"`
	Status    int        `json:"status"`
	Detail    string     `json:"detail"`
	Code      login.Code `json:"code"`
	Check     string     `json:"check,omitempty"` // that failed, of a code that stands for several
	RequestID string     `json:"requestId"`
}

// problems are the documents of all codes, each up to the request's id: every
// script of a visitor who is signed out gets one.
var problems = func() map[login.Code][]byte {
	all := map[login.Code][]byte{}
	for code, say := range sentences {
		all[code] = particular(say, code, "", "")
	}
	return all
}()

var problemEnd = []byte(`"}`)

// problemOf is the document of a failure, in parts; id is one of ours, and needs
// no escaping.
func problemOf(err error, code login.Code, id string) [3][]byte {
	text, ok := problems[code]
	if !ok {
		text = problems[login.CodeInternal]
	}
	if check, hint := login.CheckOf(err), login.HintOf(err); check != "" || hint != "" {
		text = particular(sentenceOf(code), code, check, hint)
	}
	return [3][]byte{text, []byte(id), problemEnd}
}

// particular is the document of a failure that says more than its code, up to the
// request's id.
func particular(say sentence, code login.Code, check, hint string) []byte {
	p := problem{Type: "about:blank", Title: say.title, Status: say.status, Detail: say.text, Code: code, Check: check}
	if hint != "" {
		p.Detail += " " + hint
	}
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // it has no value that cannot be encoded
	}
	return bytes.TrimSuffix(text, problemEnd)
}
