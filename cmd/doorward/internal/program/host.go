package program

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Host is a Doorward host, as it describes itself.
type Host struct {
	Issuer string // its public URL
	meta   metadata
	http   *http.Client
}

// metadata is what is used of RFC 8414, section 2.
type metadata struct {
	Issuer    string `json:"issuer"`
	Authorize string `json:"authorization_endpoint"`
	Token     string `json:"token_endpoint"`
	Device    string `json:"device_authorization_endpoint"`
	Revoke    string `json:"revocation_endpoint"`
}

const maxAnswer = 256 << 10 // bytes

// agent is how the program names itself.
const agent = "doorward"

// Discover asks the host at address who it is. The address must be https, or
// http on a loopback address; and what the host says must be of that address.
func Discover(ctx context.Context, address string) (*Host, error) {
	issuer, err := issuerOf(address)
	if err != nil {
		return nil, err
	}
	h := &Host{Issuer: issuer, http: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, issuer+"/.well-known/oauth-authorization-server", nil)
	if err != nil {
		return nil, err
	}
	if err := h.do(req, &h.meta); err != nil {
		var refused *Refused
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			return nil, fmt.Errorf("%s is no Doorward host, or no application there has programs: see applications.NAME.clients", issuer)
		}
		return nil, fmt.Errorf("ask %s how to sign in: %w", issuer, err)
	}
	if h.meta.Issuer != issuer {
		return nil, fmt.Errorf("the host at %s says that it is %q: use that address", issuer, h.meta.Issuer)
	}
	for _, endpoint := range []string{h.meta.Authorize, h.meta.Token, h.meta.Device, h.meta.Revoke} {
		if !strings.HasPrefix(endpoint, issuer+"/") {
			return nil, fmt.Errorf("the host at %s names an address that is not its own", issuer)
		}
	}
	return h, nil
}

// issuerOf is the origin that somebody typed.
func issuerOf(address string) (string, error) {
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("%q is no host's address: write it like https://login.example.com", address)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
		return "", fmt.Errorf("%q would send the session over plain http: write https://", address)
	}
	return u.Scheme + "://" + strings.ToLower(u.Host), nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && addr.IsLoopback()
}

// Refused is a refusal of the host.
type Refused struct {
	Status      int
	Name        string // error of RFC 6749, or the code of a problem document
	Description string
}

func (r *Refused) Error() string {
	switch {
	case r.Description != "":
		return r.Name + ": " + r.Description
	case r.Name != "":
		return r.Name
	}
	return fmt.Sprintf("the host answered with status %d", r.Status)
}

// post sends a form and reads the JSON of the answer into out, which may be nil.
func (h *Host) post(ctx context.Context, to, bearer string, form url.Values, out any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	return h.do(req, out)
}

func (h *Host) do(req *http.Request, out any) error {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", agent)
	res, err := h.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return refusal(res.StatusCode, body)
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return errors.New("the host's answer is no JSON object of this kind")
	}
	return nil
}

// refusal reads an error of RFC 6749, section 5.2, or a problem document (RFC
// 9457).
func refusal(status int, body []byte) error {
	var said struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Code        string `json:"code"`
		Detail      string `json:"detail"`
	}
	_ = json.Unmarshal(body, &said) // what is no JSON says nothing
	r := &Refused{Status: status, Name: printable(said.Error + said.Code), Description: printable(said.Description)}
	if r.Description == "" {
		r.Description = printable(said.Detail)
	}
	return r
}

// printable is text of the host as a terminal can show it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return -1
		}
		return r
	}, text[:min(len(text), 512)])
}
