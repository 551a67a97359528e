package idp

// The signing keys, for the host that runs the provider.

import (
	"context"
	"fmt"

	"github.com/doorward/doorward/host/idp/clients"
	"github.com/doorward/doorward/host/idp/keys"
	"github.com/doorward/doorward/host/store"
)

// ReloadKeys reads the signing keys again, and seals them and the registered
// clients anew when the host's key was rotated. Errors are those of New.
func (p *Provider) ReloadKeys(ctx context.Context) error {
	if err := p.keys.Reload(ctx); err != nil {
		return fmt.Errorf("reload the signing keys: %w", err)
	}
	return clients.Reseal(ctx, p.cfg.Store, p.cfg.Keys)
}

// RotateKeys makes new signing keys, used from then on; those before them stay
// published as long as something that they signed may be met. Errors wrap
// store.ErrUnavailable, or store.ErrConflict when others write all the time.
func (p *Provider) RotateKeys(ctx context.Context) error {
	if err := p.keys.Rotate(ctx); err != nil {
		return fmt.Errorf("rotate the signing keys: %w", err)
	}
	return nil
}

// ReplaceKeys makes new signing keys, and those before them are gone at once:
// nothing that they signed verifies any more. It is for keys that somebody else
// may have. Errors are those of RotateKeys.
func (p *Provider) ReplaceKeys(ctx context.Context) error {
	if err := p.keys.Replace(ctx); err != nil {
		return fmt.Errorf("replace the signing keys: %w", err)
	}
	return nil
}

// RunDue rotates the signing keys when their schedule says so. Call it every
// hour or more often; it writes only when something is due. Errors are those
// of RotateKeys.
func (p *Provider) RunDue(ctx context.Context) error {
	if err := p.keys.RunDue(ctx); err != nil {
		return fmt.Errorf("rotate the signing keys: %w", err)
	}
	return nil
}

// SigningKeys describes the published signing keys.
func (p *Provider) SigningKeys() []keys.Info { return p.keys.List() }

// Reseal seals the signing keys and the registered clients in st, if there are
// any, with the current one of sealer. It is for a host that does not run; a running one calls
// ReloadKeys.
func Reseal(ctx context.Context, st store.Store, sealer Sealer) error {
	if err := keys.Reseal(ctx, st, sealer); err != nil {
		return fmt.Errorf("seal the signing keys of the built-in provider: %w", err)
	}
	return clients.Reseal(ctx, st, sealer)
}
