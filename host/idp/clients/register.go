package clients

// Registering (RFC 7591).

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"

	"github.com/doorward/doorward/host/token"
)

// secretBytes give a secret that is long enough for HS512 as it is written.
const secretBytes = 64

// Information is the answer to a registration: all that holds of the client
// (RFC 7591, section 3.2.1; RFC 7592, section 3).
type Information struct {
	ID            string `json:"client_id"`
	Secret        string `json:"client_secret,omitempty"`
	SecretExpires *int64 `json:"client_secret_expires_at,omitempty"` // 0, never; with a secret only
	Issued        int64  `json:"client_id_issued_at"`
	Token         string `json:"registration_access_token"`
	Address       string `json:"registration_client_uri"`
	Metadata
}

// Register makes a client from a registration document. bearer is the initial
// access token of the request, if it had one.
//
// The store holds the client when Register returns. In mode open it is dropped
// again when nobody signs in through it for a day, and later for 90 days.
//
// # Errors
//
// A *Refusal (InvalidToken, AccessDenied, InvalidRedirect, InvalidMetadata), or
// one that wraps store.ErrUnavailable.
func (r *Registry) Register(ctx context.Context, bearer string, body []byte) (Information, error) {
	policy := r.cfg.Registration
	vouched := policy.InitialAccessToken.Is(bearer)
	if !policy.On() || policy.Mode == RegistrationClosed && !vouched {
		return Information{}, &Refusal{InvalidToken, "registration needs the initial access token"}
	}
	m, _, err := r.readDocument(ctx, body, vouched)
	if err != nil {
		return Information{}, err
	}
	now := r.cfg.Now()
	rec := record{ID: newSecret(idBytes), Metadata: m, Open: !vouched, Registered: now.Unix()}
	if rec.Open {
		rec.expires = now.Add(untried)
	}
	rec.Metadata.Name = cmp.Or(m.Name, nameOf(m, rec.ID))
	rec.Secret = secretFor(m, "")
	management := newSecret(secretBytes / 2)
	rec.Management = hashed(management)
	if err := r.add(ctx, rec); err != nil {
		return Information{}, err
	}
	return r.information(rec, management), nil
}

// readDocument is the checked metadata of a document, with its defaults.
func (r *Registry) readDocument(ctx context.Context, body []byte, vouched bool) (Metadata, map[string]any, error) {
	m, object, err := readMetadata(body)
	if err != nil {
		return m, nil, err
	}
	m.defaults(r.cfg.Registration, r.cfg.Algorithms, vouched)
	if err := r.checkMetadata(m, vouched); err != nil {
		return m, nil, err
	}
	return m, object, r.checkSector(ctx, m)
}

// add writes a new client, if there is room.
func (r *Registry) add(ctx context.Context, rec record) error {
	r.registers.Lock()
	defer r.registers.Unlock()
	full, err := r.full(ctx)
	if err != nil {
		return err
	}
	if full {
		return &Refusal{AccessDenied, "there are as many registered clients as this provider takes"}
	}
	if err := r.cfg.Store.Apply(ctx, rec.put(r.cfg.Keys)); err != nil {
		return fmt.Errorf("write the client: %w", err)
	}
	return nil
}

func (r *Registry) full(ctx context.Context) (bool, error) {
	count, after := 0, ""
	for {
		items, err := r.cfg.Store.Scan(ctx, bucketClients, "", after, resealed)
		if err != nil {
			return false, fmt.Errorf("count the clients: %w", err)
		}
		if count += len(items); count >= r.cfg.Registration.MaxClients {
			return true, nil
		}
		if len(items) < resealed {
			return false, nil
		}
		after = items[len(items)-1].Key
	}
}

// information is rec in the answer's words.
func (r *Registry) information(rec record, management string) Information {
	out := Information{
		ID: rec.ID, Secret: rec.Secret, Issued: rec.Registered, Token: management, Metadata: rec.Metadata,
		Address: r.cfg.Endpoint + "?client_id=" + url.QueryEscape(rec.ID),
	}
	if rec.Secret != "" {
		out.SecretExpires = new(int64)
	}
	return out
}

// secretFor is the client's secret: the present one when there is one, and none
// for a client that has no use for it.
func secretFor(m Metadata, present string) string {
	if m.Auth != AuthBasic && m.Auth != AuthPost && !slices.Contains(token.HMAC(), m.UserInfoAlg) {
		return ""
	}
	if present != "" {
		return present
	}
	return newSecret(secretBytes)
}

// nameOf is a name for a client that gave none: where it runs.
func nameOf(m Metadata, id string) string {
	for _, uri := range m.RedirectURIs {
		if u, err := url.Parse(uri); err == nil {
			return cmp.Or(u.Host, u.Scheme)
		}
	}
	return id
}

func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}
