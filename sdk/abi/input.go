// The input of a call.

package abi

import "strconv"

// Input is what a guest is given, member for member of the input JSON.
type Input struct {
	Sources []Member // only the granted ones; each value is inserted as received
	User    Raw      // the user so far; nil is {}
	Login   Login
	Config  Raw      // the plugin's own; nil is {}
	Extra   []Member // members that guests of this version do not know and skip
}

// Member is a name and its JSON value.
type Member struct {
	Name  string
	Value Raw
}

// Login is the input's facts of the sign-in.
type Login struct {
	IdP       string // the provider's name in the host's configuration
	Protocol  string // oidc, saml, id-token, builtin
	Time      int64  // when the host received the provider's answer, in Unix seconds
	ForceAuth bool   // the person was asked to prove their credentials anew
}

// AppendInput appends the input JSON of in to dst. Sources, User, Config and
// Extra are copied byte for byte: the caller vouches that each is valid JSON.
func AppendInput(dst []byte, in Input) []byte {
	dst = append(dst, `{"version":`...)
	dst = strconv.AppendInt(dst, Version, 10)
	dst = append(dst, `,"sources":{`...)
	for i, source := range in.Sources {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendMember(dst, source)
	}
	dst = append(dst, `},"user":`...)
	dst = appendObject(dst, in.User)
	dst = append(dst, `,"login":{"idp":`...)
	dst = AppendString(dst, in.Login.IdP)
	dst = append(dst, `,"protocol":`...)
	dst = AppendString(dst, in.Login.Protocol)
	dst = append(dst, `,"time":`...)
	dst = strconv.AppendInt(dst, in.Login.Time, 10)
	dst = append(dst, `,"forceAuth":`...)
	dst = strconv.AppendBool(dst, in.Login.ForceAuth)
	dst = append(dst, `},"config":`...)
	dst = appendObject(dst, in.Config)
	for _, extra := range in.Extra {
		dst = append(dst, ',')
		dst = appendMember(dst, extra)
	}
	return append(dst, '}')
}

func appendMember(dst []byte, m Member) []byte {
	dst = AppendString(dst, m.Name)
	dst = append(dst, ':')
	return append(dst, m.Value...)
}

func appendObject(dst []byte, value Raw) []byte {
	if len(value) == 0 {
		return append(dst, "{}"...)
	}
	return append(dst, value...)
}
