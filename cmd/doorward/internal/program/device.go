package program

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// Prompt is what a person needs to sign a device in from a browser elsewhere.
type Prompt struct {
	Address  string // to open
	Code     string // to type there
	Complete string // an address with the code filled in
}

// ByDevice signs a person in from a browser anywhere (RFC 8628): show is called
// once, then it polls until the person has answered, the code expires, or ctx
// ends.
func (h *Host) ByDevice(ctx context.Context, w Wish, show func(Prompt)) (Session, error) {
	var d struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
		Address    string `json:"verification_uri"`
		Complete   string `json:"verification_uri_complete"`
		ExpiresIn  int64  `json:"expires_in"`
		Interval   int64  `json:"interval"`
	}
	ask := url.Values{"client_id": {w.App}}
	if w.Level != "" {
		ask.Set("level", w.Level)
	}
	if err := h.post(ctx, h.meta.Device, "", ask, &d); err != nil {
		return Session{}, fmt.Errorf("ask for a device code: %w", err)
	}
	show(Prompt{printable(d.Address), printable(d.UserCode), printable(d.Complete)})
	interval := time.Duration(max(d.Interval, 1)) * time.Second
	ctx, cancel := context.WithTimeout(ctx, time.Duration(d.ExpiresIn)*time.Second)
	defer cancel()
	poll := url.Values{"client_id": {w.App}, "grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {d.DeviceCode}}
	for {
		if err := wait(ctx, interval); err != nil {
			return Session{}, err
		}
		var g granted
		err := h.post(ctx, h.meta.Token, "", poll, &g)
		var refused *Refused
		switch {
		case err == nil:
			return h.session(w, g)
		case !errors.As(err, &refused): // the network: the next poll may get through (section 3.5)
			interval *= 2
		case refused.Name == "slow_down":
			interval += 5 * time.Second
		case refused.Name != "authorization_pending":
			return Session{}, err
		}
	}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return errors.New("nobody answered in time: begin again")
		}
		return ctx.Err()
	}
}
