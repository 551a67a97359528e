package host

import (
	"github.com/doorward/doorward/host/config"
	"github.com/doorward/doorward/host/login"
)

// samlProvider makes the provider called name.
func (o *Options) samlProvider(name string) (login.Provider, error) {
	return nil, config.Faults{o.Config.FaultAt("providers."+name+".type", 0, "providers of type saml are not available in this version")}
}
