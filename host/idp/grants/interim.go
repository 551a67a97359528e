package grants

import "errors"

var ErrUnknown = errors.New("unknown, expired or revoked")

type Access struct {
	Scopes     []string
	Thumbprint string
}
