// Evidence: what the verified ID token proves about the authentication.

package oidcrp

import (
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/token"
)

const maxText = 255 // bytes of an identifier

func evidence(claims map[string]any) login.Evidence { return token.Evidence(claims) }

func sessionID(claims map[string]any) string { return token.SessionID(claims) }

func verifiedEmails(sources ...map[string]any) []string { return token.VerifiedEmails(sources...) }
