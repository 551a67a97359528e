// Times: a token that is over, too early, or good for too long.

package idtoken

import (
	"errors"

	"github.com/doorward/doorward/host/token"
)

var errPast = errors.New("exp is past")

// checkTimes wants an exp that is not past, and that is at most MaxLifetime after
// iat: after now, when the token does not say when it was issued. iat and nbf are
// not in the future.
//
// See RFC 7519, sections 4.1.4 to 4.1.6.
func (p *Provider) checkTimes(claims map[string]any) error {
	at := map[string]int64{}
	for _, name := range []string{"exp", "iat", "nbf"} {
		seconds, present, err := token.Time(claims, name)
		switch {
		case err != nil:
			return refuse(checkTime, err)
		case present:
			at[name] = seconds
		}
	}
	now, skew := p.cfg.Now().Unix(), int64(p.cfg.Skew.Seconds())
	exp, ends := at["exp"]
	issued, said := at["iat"]
	if !said {
		issued = now + skew
	}
	switch {
	case !ends:
		return refuse(checkNoExpiry, nil)
	case now >= exp+skew:
		return refuse(checkExpired, errPast)
	case said && issued > now+skew:
		return refuse(checkEarly, errors.New("iat is in the future"))
	case exp-issued > int64(p.cfg.MaxLifetime.Seconds()):
		return refuse(checkLifetime, nil)
	case at["nbf"] > now+skew:
		return refuse(checkEarly, errors.New("nbf is in the future"))
	}
	return nil
}
