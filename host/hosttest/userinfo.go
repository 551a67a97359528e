// The userinfo endpoint.

package hosttest

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// scopeOf says which scope a standard claim needs (OpenID Connect Core 1.0,
// section 5.4).
var scopeOf = map[string]string{
	"name": "profile", "given_name": "profile", "family_name": "profile", "preferred_username": "profile",
	"email": "email", "email_verified": "email",
	"phone_number": "phone", "phone_number_verified": "phone",
	"address": "address",
}

var userInfoFaults = map[UserInfoMode]Fault{
	UserInfoHTML:         {ContentType: "text/html", Body: "<html><body>Please sign in</body></html>"},
	UserInfoArray:        {ContentType: "application/json", Body: `[{"sub":"alice-7f3a"}]`},
	UserInfoBroken:       {ContentType: "application/json", Body: `{"sub":"alice-7f3a","email":`},
	UserInfoDuplicate:    {ContentType: "application/json", Body: `{"sub":"alice-7f3a","sub":"alice-7f3a"}`},
	UserInfoHuge:         {ContentType: "application/json", Body: `{"sub":"alice-7f3a","a":"` + strings.Repeat("a", 2<<20) + `"}`},
	UserInfoBomb:         {ContentType: "application/json", Bomb: true},
	UserInfoUnauthorized: {Status: http.StatusUnauthorized, Header: map[string]string{"WWW-Authenticate": `Bearer error="invalid_token"`}, Body: "no"},
	UserInfoError:        {Status: http.StatusInternalServerError, Body: "down"},
	UserInfoSlow:         {Slow: time.Minute},
	UserInfoDrop:         {Drop: true},
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request, k Knobs) {
	if fault, ok := userInfoFaults[k.UserInfo]; ok {
		fault.answer(w, r)
		return
	}
	if k.UserInfo == UserInfoRedirect {
		Fault{Redirect: p.URL + "/userinfo?again"}.answer(w, r)
		return
	}
	access, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	p.mu.Lock()
	g, ok := p.grants[access]
	p.mu.Unlock()
	if !ok {
		userInfoFaults[UserInfoUnauthorized].answer(w, r)
		return
	}
	claims := info(g, k)
	if e := k.EncryptUserInfo; e != nil && e.Plain {
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = w.Write([]byte(p.encrypt(*e, string(must(json.Marshal(claims))))))
		return
	}
	switch k.UserInfo {
	case UserInfoJSON, UserInfoWrongSub, UserInfoNoSub:
		writeJSON(w, http.StatusOK, claims)
	default:
		w.Header().Set("Content-Type", "application/jwt")
		_, _ = w.Write([]byte(p.signedInfo(k, claims)))
	}
}

func info(g grant, k Knobs) map[string]any {
	claims := maps.Clone(k.UserClaims)
	if claims == nil {
		claims = map[string]any{}
	}
	scopes := strings.Fields(g.scope)
	maps.DeleteFunc(claims, func(name string, _ any) bool {
		return scopeOf[name] != "" && !slices.Contains(scopes, scopeOf[name])
	})
	claims["sub"] = g.subject
	switch k.UserInfo {
	case UserInfoWrongSub:
		claims["sub"] = "mallory-0000"
	case UserInfoNoSub:
		delete(claims, "sub")
	}
	return claims
}

func (p *Provider) signedInfo(k Knobs, claims map[string]any) string {
	claims["iss"], claims["aud"] = p.URL, p.ClientID
	alg, kid, key := p.signer(k.UserInfoAlg)
	header := map[string]any{"kid": kid}
	switch k.UserInfo {
	case UserInfoWrongAud:
		claims["aud"] = "another-client"
	case UserInfoWrongIss:
		claims["iss"] = "https://attacker.example"
	case UserInfoNoAud:
		delete(claims, "aud")
	case UserInfoNoIss:
		delete(claims, "iss")
	case UserInfoExpired:
		claims["exp"] = p.Clock.Now().Unix() - 3600
	case UserInfoAlgNone:
		alg, key = "none", nil
	case UserInfoHS256:
		alg, key = "HS256", []byte(p.ClientSecret)
	}
	header["alg"] = alg
	compact := SignRaw(alg, key, must(json.Marshal(header)), must(json.Marshal(claims)))
	if k.UserInfo == UserInfoBadSignature {
		compact = Spoil(compact)
	}
	if k.EncryptUserInfo != nil {
		compact = p.encrypt(*k.EncryptUserInfo, compact)
	}
	return compact
}
