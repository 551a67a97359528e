package ask

// The claims parameter (OpenID Connect Core 1.0, section 5.5).

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/token"
)

const (
	maxClaimsText = 16 << 10 // bytes
	maxClaims     = 128      // of one place
	maxClaimName  = 256      // bytes
	maxValues     = 32
)

func readClaims(_ context.Context, req *Request, _ clients.Client, form url.Values) *Refusal {
	text := form.Get("claims")
	if text == "" {
		return nil
	}
	if _, err := token.Object([]byte(text)); err != nil || len(text) > maxClaimsText {
		return invalid("claims is no JSON object without duplicate members, or too long")
	}
	var places struct {
		UserInfo map[string]json.RawMessage `json:"userinfo"`
		IDToken  map[string]json.RawMessage `json:"id_token"`
	}
	if err := json.Unmarshal([]byte(text), &places); err != nil {
		return invalid("the members userinfo and id_token of claims must be objects")
	}
	var refused *Refusal
	if req.Claims.UserInfo, refused = claimsOf(places.UserInfo); refused != nil {
		return refused
	}
	req.Claims.IDToken, refused = claimsOf(places.IDToken)
	return refused
}

func claimsOf(asked map[string]json.RawMessage) (map[string]Claim, *Refusal) {
	if len(asked) > maxClaims {
		return nil, invalid("claims asks for too many claims")
	}
	var out map[string]Claim
	for name, raw := range asked {
		var claim Claim
		if err := json.Unmarshal(raw, &claim); err != nil || len(name) > maxClaimName || len(claim.Values) > maxValues {
			return nil, invalid("every claim in claims must be null, or an object with essential, value and values")
		}
		if bytes.Equal(claim.Value, []byte("null")) {
			claim.Value = nil
		}
		if out == nil {
			out = map[string]Claim{}
		}
		out[name] = claim
	}
	return out, nil
}
