package idp

// The cookie of a device on which people have signed in. It grants nothing: it
// only keeps their tries apart from those of strangers.

import (
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/doorward/doorward/host/idp/people"
)

const (
	purposeDevice  = "idp.device"
	deviceFor      = 180 * 24 * time.Hour
	deviceAccounts = 12   // the last ones are remembered
	maxDevice      = 1024 // characters of the cookie
)

// device is a cookie's content, sealed.
type device struct {
	ID       string   `json:"id"`
	Accounts []string `json:"accounts"` // digests, the last one first
	Expires  int64    `json:"exp"`      // Unix seconds
}

// digest stands for an account in a cookie and in memory.
func digest(account string) string {
	sum := sha256.Sum256([]byte(account))
	return b64.EncodeToString(sum[:16])
}

func (d device) knows(account string) bool { return slices.Contains(d.Accounts, digest(account)) }

// knownDevice is the browser's, or the zero value.
func (p *Provider) knownDevice(r *http.Request) device {
	cookies := r.CookiesNamed(p.cfg.Cookies.Device)
	if len(cookies) != 1 || len(cookies[0].Value) > maxDevice {
		return device{}
	}
	raw, err := b64.DecodeString(cookies[0].Value)
	if err != nil {
		return device{}
	}
	plain, err := p.cfg.Keys.Open(purposeDevice, raw, nil)
	var d device
	if err != nil || json.Unmarshal(plain, &d) != nil || p.cfg.Now().Unix() >= d.Expires {
		return device{}
	}
	return d
}

// knowDevice remembers in the browser that account signed in there.
func (p *Provider) knowDevice(w http.ResponseWriter, r *http.Request, account string) {
	d := p.knownDevice(r)
	d.ID, d.Expires = or(d.ID, people.NewID()), p.cfg.Now().Add(deviceFor).Unix()
	d.Accounts = slices.DeleteFunc(d.Accounts, func(held string) bool { return held == digest(account) })
	d.Accounts = slices.Insert(d.Accounts, 0, digest(account))
	d.Accounts = d.Accounts[:min(len(d.Accounts), deviceAccounts)]
	p.setCookie(w, p.cfg.Cookies.Device, p.seal(purposeDevice, "", d), deviceFor)
}
