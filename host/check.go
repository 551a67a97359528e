package host

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
	"github.com/doorward/doorward/host/oidcrp"
	"github.com/doorward/doorward/host/token"
)

const discoveryTimeout = 15 * time.Second

// Check does all of New that needs neither the store nor the host's key, and
// asks each provider for its discovery document. Where a host runs, or ran, it
// also asks which grants no sign-in has matched. It returns warnings, and
// every fault as New does. What broken, the faults of config.Load, names is
// not looked at again; broken is among the faults that are returned.
func Check(ctx context.Context, options Options, broken config.Faults, offline bool) (warnings []string, err error) {
	o := options.withDefaults()
	o.broken, o.offline = broken, offline
	for _, w := range o.Config.Warnings {
		warnings = append(warnings, w.Error())
	}
	throwaway := make([]byte, 32)
	_, _ = rand.Read(throwaway) // never fails (crypto/rand)
	cache := o.cache()
	if _, err := os.Stat(cache); err != nil {
		cache = "" // looking leaves nothing behind
	}
	r, err := o.compile(ctx, throwaway, cache)
	errs := []error{err}
	if len(broken) > 0 {
		errs = append(errs, broken)
	}
	errs = append(errs, o.checkRequired(ctx, r))
	if r != nil {
		for _, w := range r.engine.Engine().Warnings() {
			warnings = append(warnings, w.String())
		}
		warnings = append(warnings, o.failedWarmUps(r)...)
		warnings = append(warnings, o.unmatchedGrants(ctx)...)
		defer func() { err = errors.Join(err, r.runtime.Close(ctx)) }()
	}
	for _, name := range o.Config.ProviderOrder {
		if broken.Under("providers."+name) || broken.Under("public_url") {
			continue
		}
		errs = append(errs, o.checkProvider(ctx, name, r, offline))
	}
	return warnings, o.gather(errs)
}

// failedWarmUps names the plugins that fail on a plain login: some for good
// reason, some because of what their config says, which only they understand.
func (o *Options) failedWarmUps(r *rules) (warnings []string) {
	for _, name := range slices.Sorted(maps.Keys(r.plugins)) {
		info := r.plugins[name].slot.Plugin().Info()
		if info.WarmUp == nil {
			continue
		}
		why := info.WarmUp.Error()
		if info.WarmWhy != "" {
			why = info.WarmWhy
		}
		warnings = append(warnings, o.Config.FaultAt("plugins."+name, 0, "the plugin fails on the warm-up document: %s; when that is not meant, change its config", why).Error())
	}
	return warnings
}

// checkProvider makes the provider and, unless offline, discovers it and holds
// its mappers against what it offers. The built-in one is this host and needs no
// asking; r is nil when something in it did not compile.
func (o *Options) checkProvider(ctx context.Context, name string, r *rules, offline bool) error {
	if o.Config.Providers[name].Type == "builtin" {
		return o.checkBuiltin(name)
	}
	provider, err := o.provider(name, o.Transport, token.Secret(""))
	if err != nil || offline {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, discoveryTimeout)
	defer cancel()
	if prober, can := provider.(login.Prober); can {
		err = prober.Ready(ctx)
	}
	calls := true
	if rp, is := provider.(*oidcrp.Provider); is && err == nil {
		calls, err = rp.CallsUserInfo(ctx)
	}
	if err != nil {
		return config.Faults{o.Config.FaultAt("providers."+name+addressKey(o.Config.Providers[name]), 0, "%v", err)}
	}
	if r != nil && !calls && userInfoInUse(o.Config.Providers[name]) {
		_, err = o.pipeline(name, r, false)
	}
	return err
}

// addressKey is the key that says where a provider is.
func addressKey(p config.Provider) string {
	switch p.Type {
	case "saml":
		return ".saml.metadata_url"
	case "id-token":
		if p.IDToken.WellKnown != "" {
			return ".id_token.well_known"
		}
		return ".id_token.jwks"
	}
	return ".issuer"
}
