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
	RequestID string     `json:"requestId"`
}

// problems are the documents of all codes, each up to the request's id: every
// script of a visitor who is signed out gets one.
var problems = func() map[login.Code][]byte {
	all := map[login.Code][]byte{}
	for code, say := range sentences {
		text, err := json.Marshal(problem{Type: "about:blank", Title: say.title, Status: say.status, Detail: say.text, Code: code})
		if err != nil {
			panic(err) // it has no value that cannot be encoded
		}
		all[code] = bytes.TrimSuffix(text, []byte(`"}`))
	}
	return all
}()

// problemWith is the document of a code with one more sentence in its detail.
func problemWith(code login.Code, id, more string) [3][]byte {
	say := sentenceOf(code)
	text, err := json.Marshal(problem{Type: "about:blank", Title: say.title, Status: say.status, Detail: say.text + " " + more, Code: code, RequestID: id})
	if err != nil {
		panic(err) // it has no value that cannot be encoded
	}
	return [3][]byte{text}
}

var problemEnd = []byte(`"}`)

// problemOf is the document of a code, in parts; id is one of ours, and needs no
// escaping.
func problemOf(code login.Code, id string) [3][]byte {
	text, ok := problems[code]
	if !ok {
		text = problems[login.CodeInternal]
	}
	return [3][]byte{text, []byte(id), problemEnd}
}
