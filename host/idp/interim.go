package idp

import (
	"errors"
	"net/http"
)

var proofAlgs = []string{"ES256"}

func (p *Provider) provenKey(*http.Request, string) (string, error) {
	return "", errors.New("not yet")
}
