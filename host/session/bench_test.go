package session

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/doorward/doorward/host/attrs"
	"github.com/doorward/doorward/host/keyring"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/store"
)

// benchHost is Sessions over a store that is durable, unless told otherwise.
func benchHost(b *testing.B, noSync bool) *Sessions {
	b.Helper()
	s, err := store.Open(filepath.Join(b.TempDir(), "doorward.db"), store.Options{InsecureNoSync: noSync})
	if err != nil {
		b.Fatal(err)
	}
	keys, err := keyring.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		b.Fatal(err)
	}
	sessions := New(Config{Store: s, Keys: keys})
	b.Cleanup(func() { sessions.Close(); s.Close() })
	return sessions
}

// benchDocument is a usual login: 1 KiB of claims, 3 KiB of tokens.
func benchDocument(b *testing.B) login.Document {
	b.Helper()
	var doc attrs.Document
	for name, raw := range map[string]string{
		attrs.IDTokenClaims:         `{"iss":"https://idp.example.com","sub":"ann","auth_time":1767225500,"groups":["` + strings.Repeat(`a-group","`, 90) + `x"]}`,
		attrs.TokenEndpointResponse: `{"access_token":"` + strings.Repeat("x", 1500) + `","id_token":"` + strings.Repeat("y", 1500) + `"}`,
		attrs.UserInfo:              `{"sub":"ann","email":"ann@example.com","name":"Ann Other"}`,
	} {
		var err error
		if doc, err = doc.With(name, []byte(raw)); err != nil {
			b.Fatal(err)
		}
	}
	return login.Document{Sources: doc, Person: login.Person{IdP: "corp", Issuer: "i", Subject: "ann"}, ReceivedAt: time.Now()}
}

var serial atomic.Int64

func benchIssue(b *testing.B, s *Sessions, doc login.Document) login.Session {
	req := login.AuthRequest{State: fmt.Sprint(serial.Add(1)), Purpose: login.PurposeLogin, RequestedAt: time.Now().Unix(), Expiry: time.Now().Unix() + 600}
	session, err := s.Issue(context.Background(), req, doc, login.User{ID: "ann"}, login.Decision{Levels: []login.Level{{Path: "Authenticated"}}})
	if err != nil {
		b.Error(err)
	}
	return session
}

func BenchmarkIssue(b *testing.B) {
	for _, c := range []struct {
		name    string
		noSync  bool
		writers int
	}{{"durable/writers=1", false, 1}, {"durable/writers=64", false, 64}, {"memory", true, 1}} {
		b.Run(c.name, func(b *testing.B) {
			s, doc := benchHost(b, c.noSync), benchDocument(b)
			work := make(chan bool)
			var wg sync.WaitGroup
			for range c.writers {
				wg.Go(func() {
					for range work {
						benchIssue(b, s, doc)
					}
				})
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				work <- true
			}
			close(work)
			wg.Wait()
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	for name, cold := range map[string]bool{"cached": false, "cold": true} {
		b.Run(name, func(b *testing.B) {
			s := benchHost(b, true)
			session := benchIssue(b, s, benchDocument(b))
			b.ReportAllocs()
			for b.Loop() {
				if cold {
					s.cache = newCache(0, 0)
				}
				if _, err := s.Open(b.Context(), session.Handle, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkList10000(b *testing.B) {
	s, doc := benchHost(b, true), benchDocument(b)
	for i := range 10_000 {
		doc.Person.Subject = fmt.Sprint("subject-", i)
		benchIssue(b, s, doc)
	}
	for name, filter := range map[string]Filter{"all": {}, "person": {Person: &login.Person{Issuer: "i", Subject: "subject-7"}}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, err := s.List(b.Context(), filter); err != nil || len(list) == 0 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}
