package app

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Session is what the host says of a session now.
type Session struct {
	Authenticated bool   `json:"authenticated"`
	IdP           string `json:"idp"`
	User          User   `json:"user"`
	Levels        []Node `json:"securityLevels"`
	// IdPAttributes is the attribute-source document, by source: idTokenClaims,
	// tokenEndpointResponse, userInfo and so on. Token strings are digests, but
	// for those that the application is granted.
	IdPAttributes map[string]json.RawMessage `json:"idpAttributes"`
}

// User is the mapped user; what the person lacks is empty.
type User struct {
	ID         string                     `json:"id"`
	UserName   string                     `json:"userName"`
	FirstName  string                     `json:"firstName"`
	LastName   string                     `json:"lastName"`
	Email      string                     `json:"email"`
	Roles      []string                   `json:"roles"`
	Timestamp  int64                      `json:"timestamp"` // milliseconds
	Attributes map[string]json.RawMessage `json:"attributes"`
}

// Node is a held level and those below it that are held too.
type Node struct {
	Name     string `json:"name"`
	Until    int64  `json:"until"` // Unix seconds; 0: no end
	Children []Node `json:"children"`
}

// Holds reports whether the level at path is held at now.
func (s *Session) Holds(path string, now time.Time) bool {
	return path == "Public" || held(s.Levels, path, now)
}

func held(nodes []Node, path string, now time.Time) bool {
	for _, n := range nodes {
		if n.Until != 0 && now.Unix() >= n.Until {
			continue
		}
		if n.Name == path {
			return true
		}
		if rest, ok := below(path, n.Name); ok && held(n.Children, rest, now) {
			return true
		}
	}
	return false
}

// below is what follows name and a slash in path.
func below(path, name string) (rest string, ok bool) {
	if len(path) > len(name) && path[:len(name)] == name && path[len(name)] == '/' {
		return path[len(name)+1:], true
	}
	return "", false
}

// Session asks the host for the session that r brings, as it is now. It needs
// the person's cookie: the proxy must leave Doorward's in the request. Whatever
// else r holds is not sent.
//
// Without a session the error is ErrNoSession; an answer of the host that is no
// success is a *HostError. Session stops when ctx is done, follows no redirect,
// and reads 8 MiB at most.
func (a *App) Session(ctx context.Context, r *http.Request) (*Session, error) {
	s := &Session{}
	if err := a.ask(ctx, r, http.MethodGet, "/.doorward/session", nil, maxSession, s); err != nil {
		return nil, err
	}
	if !s.Authenticated {
		return nil, ErrNoSession
	}
	return s, nil
}
